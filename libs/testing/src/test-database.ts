import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { createServiceRole, migrate } from '@fastpath/pooling'
import postgres from 'postgres'
import { testServers } from './test-servers.js'

export type DatabaseOwner = 'user' | 'feed' | 'mailer'

export interface TestDatabase {
  /** As a role that may do anything, for what a test plants or looks up. */
  readonly adminUrl: string
  /** As each service's own role. */
  readonly urls: Readonly<Record<DatabaseOwner, string>>
  /** Closes whatever is still connected, and leaves nothing behind. */
  drop(): Promise<void>
}

/** A database for one test file, by default on the run's PostgreSQL, with the services' roles, schemas and migrations. */
export const createTestDatabase = async ({ postgresUrl = testServers().postgresUrl } = {}): Promise<TestDatabase> => {
  const name = `test_${randomBytes(6).toString('hex')}`
  await administer(postgresUrl, (sql) => sql`create database ${sql(name)}`)
  const adminUrl = withDatabase(postgresUrl, name)
  const role = (schema: DatabaseOwner) => `${name}_${schema}`

  const prepare = async (schema: DatabaseOwner): Promise<string> => {
    const url = await createServiceRole(adminUrl, {
      schema,
      role: role(schema),
      password: randomBytes(8).toString('hex'),
    })
    const directory = fileURLToPath(new URL(`../../../apps/${schema}/migrations`, import.meta.url))
    await migrate({ url, directory })
    return url
  }

  return {
    adminUrl,
    urls: { user: await prepare('user'), feed: await prepare('feed'), mailer: await prepare('mailer') },
    async drop() {
      await administer(postgresUrl, async (sql) => {
        await sql`drop database ${sql(name)} with (force)`
        for (const schema of ['user', 'feed', 'mailer'] as const) await sql`drop role ${sql(role(schema))}`
      })
    },
  }
}

/** A few statements by a role that may do anything. */
export const administer = async <T>(url: string, work: (sql: postgres.Sql) => PromiseLike<T>): Promise<T> => {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    return await work(sql)
  } finally {
    await sql.end()
  }
}

const withDatabase = (url: string, database: string): string => {
  const changed = new URL(url)
  changed.pathname = `/${database}`
  return changed.href
}
