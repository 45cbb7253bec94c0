import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { arch, cpus, release, totalmem, type } from 'node:os'
import { delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What a figure depends on besides the code: without it a figure says nothing. */
export const describeMachine = (): string[] => {
  const processors = cpus()
  return [
    `machine    ${processors[0]?.model.trim() || 'unknown processor'}, ${processors.length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    `versions   Node ${process.versions.node}, V8 ${process.versions.v8}, ${type()} ${release()} ${arch()}`,
    `servers    PostgreSQL ${versionOf('postgres')}, nats-server ${versionOf('nats-server')}, redis ${versionOf('redis-server')}`,
    `commit     ${commit()}`,
  ]
}

const versionOf = (program: string): string => {
  const text = read(program, ['--version'])
  return /\d+(\.\d+)+/.exec(text)?.[0] ?? (text.trim() || 'not on PATH')
}

const commit = (): string => {
  const hash = read('git', ['rev-parse', '--short=12', 'HEAD']).trim()
  if (!hash) return 'unknown'
  return read('git', ['status', '--porcelain']).trim() ? `${hash} with changes that are not committed` : hash
}

/** What a program writes; nothing where there is none or it fails. */
const read = (program: string, args: readonly string[]): string => {
  try {
    return execFileSync(program, args, {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      env: { ...process.env, PATH: [process.env.PATH, ...postgresFolders()].join(delimiter) },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  } catch {
    return ''
  }
}

/** Debian keeps PostgreSQL's programs off PATH; the newest version first. */
const postgresFolders = (): string[] => {
  const home = '/usr/lib/postgresql'
  try {
    return readdirSync(home)
      .sort((a, b) => Number(b) - Number(a))
      .map((version) => `${home}/${version}/bin`)
  } catch {
    return []
  }
}
