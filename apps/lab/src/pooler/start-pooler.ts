import { readPoolerUsers } from '@fastpath/pooling'
import { pgBouncerMissing, startPgBouncer } from '@fastpath/servers'
import postgres from 'postgres'
import type { Lab } from '../experiment.js'
import { settle } from '../sql/database.js'
import { startStack } from '../stack.js'

export interface Pooled {
  /** To PostgreSQL itself, as the role of a service. */
  readonly direct: string
  /** The same through PgBouncer. */
  readonly pooled: string
  /** As a role that may do anything. */
  readonly adminUrl: string
  /** Process id of PostgreSQL. */
  readonly pid: number
}

/** A private database full of articles, and PgBouncer before it with the shipped file. */
export const startPooler = async (lab: Lab, articles: number): Promise<Pooled> => {
  const missing = pgBouncerMissing()
  if (missing) throw missing
  const { adminUrl, databaseUrls, pids } = await startStack(lab, { articles, services: [] })
  await prepare(adminUrl, databaseUrls.feed)
  const users = await readPoolerUsers(adminUrl, ['feed'])
  const server = await startPgBouncer({ postgresUrl: adminUrl, users })
  lab.own({ close: server.stop })
  const pooled = new URL(databaseUrls.feed)
  pooled.host = new URL(server.url).host
  return { direct: databaseUrls.feed, pooled: pooled.href, adminUrl, pid: pids.postgres ?? 0 }
}

/** Makes PostgreSQL ask the role for its password, as PgBouncer does: otherwise a connection would cost less there. */
const prepare = async (adminUrl: string, roleUrl: string) => {
  const sql = postgres(adminUrl, { max: 1, onnotice: () => {} })
  try {
    await settle(sql)
    const [shown] = await sql`show hba_file`
    await sql.unsafe(
      `copy (values ('host all postgres 127.0.0.1/32 trust'), ('host all all 127.0.0.1/32 scram-sha-256'))
       to '${shown?.hba_file}'`,
    )
    await sql`select pg_reload_conf()`
  } finally {
    await sql.end()
  }
  const wrong = new URL(roleUrl)
  wrong.password = 'wrong'
  while (await letsIn(wrong.href));
}

const letsIn = async (url: string): Promise<boolean> => {
  const sql = postgres(url, { max: 1, fetch_types: false })
  try {
    await sql`select 1`
    return true
  } catch {
    return false
  } finally {
    await sql.end()
  }
}
