import type { Dataset, DatasetSize } from '@fastpath/fixtures'
import postgres from 'postgres'
import type { Lab } from '../experiment.js'
import { startStack } from '../stack.js'

export interface Database {
  readonly dataset: Dataset
  /** As a role that may do anything. */
  readonly url: string
  /** Process id of the private PostgreSQL. */
  readonly pid: number
  /** A plain driver over four connections, unless told otherwise, that sees the tables of both services. */
  connect(options?: postgres.Options<Record<string, never>>): postgres.Sql
}

/** A private database full of fixtures and nobody else on it: for experiments that are about statements alone. */
export const startDatabase = async (
  lab: Lab,
  size: Partial<DatasetSize> & Pick<DatasetSize, 'articles'>,
): Promise<Database> => {
  const { dataset, adminUrl, pids } = await startStack(lab, { ...size, services: [] })
  const connect: Database['connect'] = (options) => {
    const sql = postgres(adminUrl, {
      max: 4,
      connection: { search_path: 'feed,"user"' },
      onnotice: () => {},
      ...options,
    })
    lab.own({ close: () => sql.end({ timeout: 5 }) })
    return sql
  }
  // Now, not by PostgreSQL itself in the middle of a round. It also lets an index answer alone, without its table.
  await settle(connect({ max: 1 }))
  return { dataset, url: adminUrl, pid: pids.postgres ?? 0, connect }
}

/** To be done after tables have been filled. */
export const settle = (sql: postgres.Sql) => sql`vacuum analyze`
