import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { lstat, mkdir, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { ServerError } from './server-error.js'
import { canEnter, canWrite, type User } from './user.js'

/** The name of a new temporary folder; the guard makes it, so that nobody dies between making it and guarding it. */
export const temporaryFolder = async (name: string, user: User | null): Promise<string> =>
  join(await temporaryRoot(user), `fastpath-${name}-${randomBytes(6).toString('hex')}`)

/** Makes the folder of a persistent server; returns where it really is (see `homeOf`). */
export const keptFolder = async (dataDir: string, user: User | null, say: (line: string) => void): Promise<string> => {
  const home = await homeOf(dataDir, user)
  await mkdir(home, { recursive: true, mode: 0o700 })
  if (home !== (await canonical(dataDir))) {
    const at = await lstat(home)
    // Anyone may have made a folder of that name in /var/tmp.
    if (!at.isDirectory() || ![process.getuid?.(), user?.uid].includes(at.uid)) {
      throw new ServerError('SERVER_FAILED', `${home} belongs to another user`)
    }
    say(`the user ${user?.name}, as whom PostgreSQL runs, can't enter ${dirname(dataDir)}: the data is kept in ${home}`)
  }
  return home
}

/** Root made the folder, or another user's run did: its server must own all of it. Only while nobody works in it. */
export const giveTo = (user: User | null, folder: string): void => {
  if (user) execFileSync('chown', ['-R', `${user.uid}:${user.gid}`, folder])
}

/**
 * Where the data of `dataDir` really lives: there, or, when the server's user can't get there (a clone in /root), in a folder
 * of /var/tmp whose name derives from that path: the same each time.
 */
export const homeOf = async (dataDir: string, user: User | null): Promise<string> => {
  const wanted = await canonical(dataDir)
  if (!user || canEnter(user, dirname(wanted))) return wanted
  const hash = createHash('sha256').update(wanted).digest('hex').slice(0, 12)
  // Not the temporary root, which follows TMPDIR, and which a restart of the machine may empty.
  const root = canWrite(user, '/var/tmp') ? '/var/tmp' : await temporaryRoot(user)
  return join(await realpath(root), `fastpath-data-${hash}`)
}

const canonical = async (dataDir: string) => {
  const path = resolve(dataDir)
  await mkdir(dirname(path), { recursive: true })
  return realpath(path).catch(async () => join(await realpath(dirname(path)), path.slice(dirname(path).length + 1)))
}

const temporaryRoot = async (user: User | null): Promise<string> => {
  const root = [tmpdir(), '/tmp', '/var/tmp'].find((folder) => canWrite(user, folder))
  if (!root)
    throw new ServerError('SERVER_FAILED', `${user?.name ?? 'we'} can't write to ${tmpdir()}, /tmp or /var/tmp`)
  return realpath(root)
}
