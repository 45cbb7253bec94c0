import { execFile } from 'node:child_process'
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import postgres from 'postgres'
import type { Lab } from '../experiment.js'
import type { SentStatement } from './sent-statements.js'

export interface PgbenchOptions {
  readonly adminUrl: string
  /** One transaction: these, one after the other. */
  readonly statements: readonly SentStatement[]
  /** What stands for `$1` in the statements of a service. */
  readonly firstParams: Readonly<Record<string, string>>
}

export interface Pgbench {
  /** Runs for whole seconds, at least one. */
  run(ms: number): Promise<{ readonly requests: number; readonly rps: number }>
}

/**
 * PostgreSQL's own load generator with the services' statements, prepared, over 16 connections: what the database gives
 * when nobody has to do anything with its answers. Undefined where it is not installed beside the server.
 */
export const createPgbench = async (lab: Lab, options: PgbenchOptions): Promise<Pgbench | undefined> => {
  const { adminUrl, statements, firstParams } = options
  const program = join(await binFolder(adminUrl), 'pgbench')
  if (
    !(await access(program).then(
      () => true,
      () => false,
    ))
  )
    return undefined

  const folder = await mkdtemp(join(tmpdir(), 'fastpath-pgbench-'))
  lab.own({ close: () => rm(folder, { recursive: true }) })
  const script = join(folder, 'request.sql')
  await writeFile(script, statements.map(toScript).join('\n'))

  const { hostname, port, username, pathname } = new URL(adminUrl)
  const env = { ...process.env, PGOPTIONS: '-c search_path=feed,"user"' }
  const server = ['-h', hostname, '-p', port, '-U', username]
  const params = Object.entries(firstParams).flatMap(([service, value]) => ['-D', `${service}1=${value}`])
  const load = ['-n', '-M', 'prepared', '-c', '16', '-j', '1', '-f', script, ...params]
  return {
    async run(ms) {
      const seconds = Math.max(1, Math.round(ms / 1000))
      const { stdout } = await execute(program, [...server, ...load, '-T', `${seconds}`, pathname.slice(1)], { env })
      const requests = Number(/transactions actually processed: (\d+)/.exec(stdout)?.[1])
      const failed = Number(/failed transactions: (\d+)/.exec(stdout)?.[1] ?? 0)
      const rps = Number(/^tps = ([\d.]+)/m.exec(stdout)?.[1])
      if (!(rps > 0) || failed > 0) throw new Error(`pgbench has failed:\n${stdout}`)
      return { requests, rps }
    },
  }
}

const execute = promisify(execFile)

/** `$1` of a statement of feed becomes pgbench's variable `:feed1`. */
const toScript = ({ service, text }: SentStatement): string => {
  const oneLine = text.replace(/\s+/g, ' ').trim()
  return `${oneLine.replace(/\$(\d+)/g, (_, number) => `:${service}${number}`)};`
}

const binFolder = async (adminUrl: string): Promise<string> => {
  const sql = postgres(adminUrl, { max: 1 })
  try {
    const [row] = await sql`select setting from pg_config where name = 'BINDIR'`
    return String(row?.setting)
  } finally {
    await sql.end()
  }
}
