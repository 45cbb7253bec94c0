import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'

export interface MigrateOptions {
  /** A direct connection as the service's own role: a pooler in transaction mode can't hold the lock. */
  readonly url: string
  /** Folder of numbered files: `0001-what-it-does.sql`. */
  readonly directory: string
  /** Told of each file that is applied. */
  readonly say?: (line: string) => void
}

/** A migration can't go on as things are; its message says what to do. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError'
  readonly code = 'MIGRATION'
}

/**
 * Applies what was not applied yet, each file once and in a transaction of its own, under a lock, in the order of their
 * numbers. Safe to run from several processes at once.
 *
 * @returns how many were applied.
 * @throws MigrationError when a file that was applied has changed or is gone, or a file fails.
 */
export const migrate = async ({ url, directory, say = () => {} }: MigrateOptions): Promise<number> => {
  const files = await readMigrations(directory)
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    // Not as settings of the connection: the driver leaves out those that are 0, and the role's would hold.
    await sql`select set_config('statement_timeout', '0', false), set_config('lock_timeout', '0', false)`
    await sql`select pg_advisory_lock(hashtext('fastpath.migrate'), hashtext(current_schema()))`
    await sql`
      create table if not exists migration (
        number integer primary key,
        name text not null,
        checksum text not null,
        applied_at timestamptz not null default now()
      )`
    const applied = await sql<Applied[]>`select number, name, checksum from migration order by number`
    checkHistory(applied, files)
    const pending = files.filter(({ number }) => !applied.some((done) => done.number === number))
    for (const file of pending) {
      await apply(sql, file)
      say(`applied ${file.name}`)
    }
    return pending.length
  } finally {
    await sql.end()
  }
}

interface Migration {
  readonly number: number
  readonly name: string
  readonly checksum: string
  readonly text: string
}
type Applied = Omit<Migration, 'text'>

const readMigrations = async (directory: string): Promise<Migration[]> => {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).sort()
  const files = await Promise.all(
    names.map(async (name) => {
      const number = Number(/^(\d{4})-[a-z0-9-]+\.sql$/.exec(name)?.[1])
      if (!number) throw new MigrationError(`${join(directory, name)}: a migration is named like 0001-what-it-does.sql`)
      const text = await readFile(join(directory, name), 'utf8')
      return { number, name, text, checksum: createHash('sha256').update(text).digest('hex') }
    }),
  )
  files.forEach((file, i) => {
    const before = files[i - 1]
    if (before?.number === file.number) throw new MigrationError(`${before.name} and ${file.name} have the same number`)
  })
  return files
}

const checkHistory = (applied: readonly Applied[], files: readonly Migration[]): void => {
  const newest = files.at(-1)?.number ?? 0
  for (const done of applied) {
    const file = files.find(({ number }) => number === done.number)
    // What is newer than all files was applied by a newer release, beside which this one may still run.
    if (!file && done.number > newest) continue
    if (!file) throw new MigrationError(`${done.name} was applied to this database, but its file is gone: put it back`)
    if (file.checksum !== done.checksum) {
      throw new MigrationError(
        `${file.name} was changed after it was applied to this database: take the change back, and write a new migration for it`,
      )
    }
  }
}

const apply = async (sql: postgres.Sql, { number, name, checksum, text }: Migration): Promise<void> => {
  try {
    await sql.begin(async (tx) => {
      await tx.unsafe(text)
      await tx`insert into migration ${tx({ number, name, checksum })}`
    })
  } catch (error) {
    throw new MigrationError(`${name} failed: ${error instanceof Error ? error.message : error}`, { cause: error })
  }
}
