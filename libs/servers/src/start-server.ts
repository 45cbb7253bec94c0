import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { giveTo, keptFolder, temporaryFolder } from './data-folder.js'
import { externalServer } from './external.js'
import { findPrograms } from './find-programs.js'
import { freePort } from './free-port.js'
import { type GuardedProcess, startGuarded } from './guarded-process.js'
import { isNamed, type ServerKind } from './kind.js'
import { areGone, signalTree } from './processes.js'
import type { Server, ServerOptions } from './server.js'
import { ServerError } from './server-error.js'
import { clearStale, stopOrphan } from './stale.js'

/** Includes initdb on a busy machine, or the recovery of a crashed database. */
const readyTimeoutMs = 60_000
const graceS = 10

/** Takes the server of the environment, or finds one and starts it. */
export const startServer = async (kind: ServerKind, options: ServerOptions): Promise<Server> => {
  const { env = process.env, external = true } = options
  const url = isNamed(kind) ? env[kind.variable] : undefined
  if (external && isNamed(kind) && url) return externalServer(kind, url)
  const programs = kind.packages ? await findPrograms(kind, options) : ''
  for (let attempt = 1; ; attempt++) {
    try {
      return await startInstance(kind, options, programs)
    } catch (error) {
      if (!(error instanceof PortTaken) || options.port || attempt === 5) throw error
    }
  }
}

const startInstance = async (kind: ServerKind, options: ServerOptions, programs: string): Promise<Server> => {
  const { dataDir, external = true, say = () => undefined } = options
  const user = kind.user()
  const keep = dataDir !== undefined
  const folder = keep ? await keptFolder(dataDir, user, say) : await temporaryFolder(kind.name, user)
  if (keep) {
    await clearStale(kind, folder)
    giveTo(user, folder)
  }
  const port = options.port || (await freePort())
  const { prepare, serve, variables = {} } = await kind.commands({ programs, folder, port, keep, killable: !external })
  const { stopSignal } = kind
  const guarded = startGuarded({ folder, keep, prepare, command: serve, variables, stopSignal, graceS, user })
  const server = serverOf({ kind, guarded, folder, keep, port })
  try {
    await guarded.whileHeld(() => ready(kind, guarded, folder, port))
  } catch (error) {
    await server.stop()
    throw error
  }
  return server
}

interface Running {
  kind: ServerKind
  guarded: GuardedProcess
  folder: string
  keep: boolean
  port: number
}

const serverOf = ({ kind, guarded, folder, keep, port }: Running): Server => {
  let stopping: Promise<void> | undefined
  const stop = async () => {
    if (await guarded.finish()) return
    await stopOrphan(kind, folder)
    await rm(join(folder, 'guard.pid'), { force: true })
    if (!keep) await rm(folder, { recursive: true, force: true, maxRetries: 10 })
  }
  const pid = () => {
    const pid = guarded.pid()
    if (pid === null) throw new ServerError('SERVER_FAILED', `${kind.title} doesn't run`)
    return pid
  }
  return {
    name: kind.name,
    url: kind.urlAt(port),
    folder,
    get pid() {
      return guarded.pid()
    },
    stop: () => {
      stopping ??= stop()
      return stopping
    },
    kill: () =>
      guarded.whileHeld(async () => {
        const tree = signalTree(pid(), 'SIGKILL')
        await guarded.ended()
        await areGone(tree, 5_000)
      }),
    pause: () => void signalTree(pid(), 'SIGSTOP'),
    resume: () => void signalTree(pid(), 'SIGCONT'),
    restart: () =>
      guarded.whileHeld(async () => {
        if (!guarded.hasEnded()) throw new ServerError('SERVER_FAILED', `${kind.title} still runs: kill it first`)
        guarded.again()
        await ready(kind, guarded, folder, port)
      }),
  }
}

const ready = async (kind: ServerKind, guarded: GuardedProcess, folder: string, port: number): Promise<void> => {
  const url = new URL(kind.urlAt(port))
  const log = () => readFile(join(folder, 'server.log'), 'utf8').catch(() => '')
  const until = Date.now() + readyTimeoutMs
  for (let why = 'wrote nothing'; ; await pause(20)) {
    if (guarded.hasEnded()) throw notReady(kind, 'ended', await log(), folder)
    if (Date.now() > until) throw notReady(kind, why, await log(), folder)
    if (guarded.pid() === null || !kind.readyLine.test(await log())) continue
    const refusal = await kind.probe(url, 2_000).catch((error: Error) => error.message)
    if (refusal === undefined) return
    why = refusal
  }
}

class PortTaken extends ServerError {}

const notReady = (kind: ServerKind, what: string, log: string, folder: string): ServerError => {
  const tail = log.trim().split('\n').slice(-10).join('\n')
  const message = `${kind.title} did not start in ${folder}: it ${what}. The end of its log:\n${tail || '(nothing: can it write there?)'}`
  const isPortTaken = /address (is )?already in use/i.test(log)
  return isPortTaken ? new PortTaken('SERVER_FAILED', message) : new ServerError('SERVER_FAILED', message)
}
