import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { installEmbeddedPostgres } from './embedded-postgres.js'
import type { InstalledKind, Packages } from './kind.js'
import { run } from './run.js'
import type { ServerOptions } from './server.js'

/** The `ID` and `ID_LIKE` words of /etc/os-release; `darwin` on macOS. */
export const systemIds = (): string[] => {
  if (process.platform !== 'linux') return [process.platform]
  try {
    const lines = readFileSync('/etc/os-release', 'utf8').split('\n')
    return lines.flatMap((line) => /^ID(?:_LIKE)?="?([^"]*)"?$/.exec(line)?.[1]?.split(' ') ?? [])
  } catch {
    return []
  }
}

/** What a human types to install it; null on a system that we don't know. */
export const installCommand = (packages: Packages, ids: readonly string[] = systemIds()): string | null => {
  const is = (...names: string[]) => names.some((name) => ids.includes(name))
  if (is('darwin')) return packages.brew && `brew install ${packages.brew}`
  if (is('debian', 'ubuntu')) return `sudo apt-get install -y --no-install-recommends ${packages.apt}`
  if (is('fedora', 'rhel', 'centos')) return `sudo dnf install -y ${packages.dnf}`
  if (is('alpine')) return `sudo apk add ${packages.apk}`
  return null
}

/**
 * Tries, one after the other, the ways to install a server without a human; `isThere` says whether one has worked. Resolves
 * without effect when `FASTPATH_INSTALL=0` or the answer at the terminal forbids it, or when there is no way.
 */
export const install = (kind: InstalledKind, options: ServerOptions, isThere: () => boolean): Promise<void> => {
  // One at a time: apt has one lock, and a terminal one reader.
  const mine = turn.then(() => installNow(kind, options, isThere))
  turn = mine.catch(() => undefined)
  return mine
}

let turn: Promise<void> = Promise.resolve()

const installNow = async (
  kind: InstalledKind,
  { env = process.env, say = () => undefined }: ServerOptions,
  isThere: () => boolean,
) => {
  if (env.FASTPATH_INSTALL === '0') return
  for (const { command, work } of ways(kind)) {
    if (isThere()) return
    if (!(await isAllowed(`${kind.title} isn't installed. Run ${command}?`))) continue
    say(`${kind.title} isn't installed: running ${command}`)
    await work().catch((error: Error) => say(error.message))
  }
}

const ways = (kind: InstalledKind) => {
  const ways = []
  if (kind.npm)
    ways.push({ command: `npm install ${kind.npm} into a cache folder`, work: () => installEmbeddedPostgres() })
  const isDebian = systemIds().some((id) => id === 'debian' || id === 'ubuntu')
  if (isDebian && process.getuid?.() === 0) {
    const { apt } = kind.packages
    ways.push({
      command: `apt-get update && apt-get install -y --no-install-recommends ${apt}`,
      work: () => aptInstall(apt),
    })
  }
  return ways
}

/** The package may start a service of its own on the standard port: ours has its own port and data, and doesn't care. */
const aptInstall = async (name: string) => {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const wait = ['-o', 'DPkg::Lock::Timeout=120']
  await run('apt-get', [...wait, 'update'], env)
  await run('apt-get', [...wait, 'install', '-y', '--no-install-recommends', ...name.split(' ')], env)
}

const isAllowed = async (question: string): Promise<boolean> => {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return true
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  try {
    return !/^n/i.test((await terminal.question(`${question} [Y/n] `)).trim())
  } finally {
    terminal.close()
  }
}
