import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { guardName } from './guard.js'
import type { ServerKind } from './kind.js'
import { areGone, isProgramOf, isRunning, send, signalTree } from './processes.js'
import { ServerError } from './server-error.js'

const graceMs = 15_000

/**
 * Makes a folder fit for a new start, whatever happened to the last one: waits for a guard that is just stopping its server,
 * stops a server whose guard was killed, removes what was half made. Rejects with SERVER_IN_USE when a live one is at work.
 */
export const clearStale = async (kind: ServerKind, folder: string): Promise<void> => {
  await guardGone(kind, folder)
  await stopOrphan(kind, folder)
  await rm(join(folder, 'guard.pid'), { force: true })
  await rm(join(folder, kind.pidFile), { force: true })
  const names = await readdir(folder)
  const partial = names.filter((name) => name.includes('.partial-'))
  await Promise.all(partial.map((name) => rm(join(folder, name), { recursive: true, force: true })))
}

const guardGone = async (kind: ServerKind, folder: string) => {
  const file = join(folder, 'guard.pid')
  const guard = await pidIn(file)
  if (!guard || !isProgramOf(guard, guardName, folder)) return
  // It may be about to notice that its parent died.
  if (await areGone([guard], 1_000)) return
  const isStopping = (await readFile(file, 'utf8').catch(() => 'stopping')).includes('stopping')
  if (isStopping && (await areGone([guard], graceMs))) return
  throw new ServerError(
    'SERVER_IN_USE',
    `${kind.title} is already at work on ${folder} (its guard is process ${guard})`,
  )
}

/** Stops a server that lost its guard. Never by name: only the process of the pid file, and only if it is at work on this folder. */
export const stopOrphan = async (kind: ServerKind, folder: string): Promise<void> => {
  const pid = await pidIn(join(folder, kind.pidFile))
  if (!pid || !isRunning(pid) || !isProgramOf(pid, kind.programs[0], join(folder, 'data'))) return
  signalTree(pid, 'SIGCONT')
  send(pid, `SIG${kind.stopSignal}`)
  if (await areGone([pid], graceMs)) return
  await areGone(signalTree(pid, 'SIGKILL'), graceMs)
}

const pidIn = async (file: string): Promise<number | null> => {
  const text = await readFile(file, 'utf8').catch(() => '')
  const pid = Number.parseInt(text, 10)
  return pid > 1 ? pid : null
}
