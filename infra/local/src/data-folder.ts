import { execFileSync } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { postgresHome } from '@fastpath/servers'

export interface DataFolder {
  readonly path: string
  close(): Promise<void>
}

/**
 * Takes the data folder for this process alone: a second stack on the same data would stop the servers of the first.
 *
 * @throws Error that names the process which has it.
 */
export const lockDataFolder = async (path: string): Promise<DataFolder> => {
  await mkdir(path, { recursive: true })
  const lock = join(path, 'start.pid')
  const owner = Number(await readFile(lock, 'utf8').catch(() => ''))
  if (owner && isOurs(owner)) {
    throw new Error(`this clone's stack is running already (process ${owner}): stop it first, or work in another clone`)
  }
  await rm(lock, { force: true })
  await writeFile(lock, String(process.pid), { flag: 'wx' }).catch(() => {
    throw new Error("this clone's stack is being started by another process")
  })
  return { path, close: () => rm(lock, { force: true }) }
}

/**
 * Removes all data, wherever it really lies.
 *
 * @throws Error while a stack runs on it.
 */
export const clearDataFolder = async (path: string): Promise<void> => {
  await lockDataFolder(path)
  await rm(await postgresHome(join(path, 'postgres')), { recursive: true, force: true })
  await rm(path, { recursive: true, force: true })
}

/** A process of that id that runs this program: ids are given out again, after a reboot above all. */
const isOurs = (pid: number): boolean => {
  try {
    return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).includes(
      'infra/local/src/main.ts',
    )
  } catch {
    return false
  }
}
