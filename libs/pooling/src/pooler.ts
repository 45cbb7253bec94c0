import postgres from 'postgres'

/** The pool's setting doesn't fit what it talks through; its message says what to do. */
export class PoolerError extends Error {
  override readonly name = 'PoolerError'
  readonly code = 'POOLER'
}

/** What stands between us and PostgreSQL. */
export type Between = 'nothing' | 'a pooler' | 'a pooler that knows prepared statements'

/**
 * Asks what a connection leads to. A pooler greets with a process id of its own invention, which is not that of the
 * PostgreSQL behind it; one that knows prepared statements (PgBouncer from 1.21 on) prepares them under its own names.
 * The connection must be one that nobody else uses.
 */
export const findPooler = async (sql: Pick<postgres.Sql, 'unsafe'>): Promise<Between> => {
  // Without a parameter and not prepared, it goes by the simple protocol, which every pooler takes.
  const greeted = await sql.unsafe('select pg_backend_pid() as pid', [], { prepare: false })
  if (Number(greeted[0]?.pid) === greeted.state?.pid) return 'nothing'
  // Asked under a prepared name, it sees that name. The first use is a single exchange, which no pooler cuts in two.
  const prepared = { prepare: true, ...({ simple: false } as object) }
  const names = await sql.unsafe('select name from pg_prepared_statements', [], prepared)
  return names.some(({ name }) => name.startsWith('PGBOUNCER_'))
    ? 'a pooler that knows prepared statements'
    : 'a pooler'
}

export interface PoolerCheckOptions {
  readonly url: string
  /** Of the pool. */
  readonly name: string
  /** Milliseconds after which PostgreSQL counts as away. */
  readonly timeoutMs: number
}

/**
 * A check on a connection of its own, and whether it is still to be made: it is not where it has found its answer, but is
 * where PostgreSQL was away.
 */
export const createPoolerCheck = ({ url, name, timeoutMs }: PoolerCheckOptions) => {
  let pending: Promise<void> | undefined
  const check = async () => {
    const sql = postgres(url, {
      max: 1,
      fetch_types: false,
      connect_timeout: timeoutMs / 1000,
      connection: { application_name: `${name} check` },
      onnotice: () => {},
    })
    const late = setTimeout(() => void sql.end({ timeout: 0 }), timeoutMs)
    try {
      const between = await findPooler(sql)
      checked.isDue = false
      if (between === 'a pooler') checked.refusal = refusal(name)
    } catch {
      // Away, or not ours to judge: whoever asks next is told what is wrong in the usual way.
    } finally {
      clearTimeout(late)
      pending = undefined
      await sql.end({ timeout: 0 })
    }
  }
  const checked = {
    isDue: true,
    refusal: undefined as PoolerError | undefined,
    /** @throws PoolerError where statements would be prepared on one connection of PostgreSQL and used on another. */
    async make(): Promise<void> {
      if (checked.isDue) {
        pending ??= check()
        await pending
      }
      if (checked.refusal) throw checked.refusal
    },
  }
  return checked
}

const refusal = (name: string) =>
  new PoolerError(
    `the pool "${name}" prepares its statements, and talks to PostgreSQL through a pooler that forgets them: ` +
      'set POOL_PREPARE=0 (createPool: prepare: false), or let DATABASE_URL name PostgreSQL itself, ' +
      'or run PgBouncer 1.21 or newer with max_prepared_statements',
  )
