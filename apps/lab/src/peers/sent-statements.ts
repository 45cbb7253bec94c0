import { setTimeout as pause } from 'node:timers/promises'
import postgres from 'postgres'

export interface SentStatement {
  /** The role that sent it. */
  readonly service: string
  readonly text: string
}

/**
 * Which statements services send while `work` runs, as PostgreSQL itself sees them: what pgbench repeats is then what
 * the services do today, not a copy of what they once did.
 *
 * @throws Error when a statement is too long for PostgreSQL to show.
 */
export const sentStatements = async (adminUrl: string, work: Promise<unknown>): Promise<SentStatement[]> => {
  const sql = postgres(adminUrl, { max: 1 })
  const seen = new Map<string, SentStatement>()
  let working = true
  const done = work.finally(() => {
    working = false
  })
  try {
    while (working) {
      // An idle connection still shows its last statement. The driver's own questions to the catalog are
      // left out, and those of the relay, which no request waits for.
      const rows = await sql<SentStatement[]>`
        select distinct usename as service, query as text
        from pg_stat_activity
        where usename in ('feed', 'user') and query ~* '^[[:space:]]*(select|with)[[:space:]]'
          and query <> 'select 1' and query not like '%pg_catalog%'
          and application_name not like '% relay'`
      for (const row of rows) seen.set(row.text, row)
      await pause(pollMs)
    }
    await done
    const [shown] =
      await sql`select setting::integer as bytes from pg_settings where name = 'track_activity_query_size'`
    const statements = [...seen.values()].sort((a, b) => (a.service < b.service ? -1 : 1))
    const cut = statements.find(({ text }) => Buffer.byteLength(text) >= shown?.bytes - 1)
    if (cut) throw new Error(`track_activity_query_size is too small for: ${cut.text}`)
    return statements
  } finally {
    await sql.end()
  }
}

const pollMs = 20
