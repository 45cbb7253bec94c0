import { once } from 'node:events'
import { type AddressInfo, createServer, type Server as TcpServer } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { type Server, type ServiceProcess, startNginx } from '@fastpath/servers'
import {
  administer,
  conduitSuite,
  createConduitClient,
  createTestDatabase,
  describeWith,
  registerPerson,
  startTestService,
  type TestDatabase,
  uniquePrefix,
  until,
} from '@fastpath/testing'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import postgres from 'postgres'
import { startPooler } from './edge.js'

jest.setTimeout(60_000)

describeWith(['nginx', 'pgbouncer'], 'behind nginx and through PgBouncer, with the shipped files', () => {
  const natsPrefix = uniquePrefix()
  const services: ServiceProcess[] = []
  let direct: TestDatabase
  let pooled: TestDatabase
  let pooler: { close(): Promise<void> }
  let edge: Server
  let relay: TcpServer
  let others: postgres.Sql[] = []

  beforeAll(async () => {
    direct = await createTestDatabase()
    const through = await startPooler(direct.adminUrl, direct.urls)
    pooler = through
    pooled = { ...direct, urls: through.urls }
    // With those of their transactions: 98 of the 100 clients that the pooler takes. Two others take the rest.
    for (const name of ['user', 'feed'] as const) {
      const env = { POOL_PREPARE: '0', POOL_MAX: '25', DIRECT_DATABASE_URL: direct.urls[name] }
      services.push(await startTestService({ name, database: pooled, natsPrefix, env }))
    }
    others = await Promise.all([0, 1].map(() => connectTo(pooled.urls.mailer)))
    services.push(await startTestService({ name: 'gateway', natsPrefix, env: { RATE_LIMIT_PER_MINUTE: '0' } }))
    edge = await startNginx({ gateways: [new URL(services.at(-1)?.url ?? '').host] })
    relay = await plainRelay(edge.url)
  })
  afterAll(async () => {
    relay?.close()
    await edge?.stop()
    for (const service of services.reverse()) await service.stop()
    for (const other of others) await other.end({ timeout: 1 })
    await pooler?.close()
    await direct?.drop()
  })
  const url = () => `http://127.0.0.1:${(relay.address() as AddressInfo).port}`

  /** Connections of PostgreSQL that are the pooler's. */
  const serversOf = (sql: postgres.Sql) => sql<{ n: number }[]>`
    select count(*)::integer as n from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
      and application_name not in ('user relay', 'feed relay')`

  test('readers and writers at once take all 100 places of the pooler, and never more than 25 connections of PostgreSQL', async () => {
    // To the gateway itself: the edge would refuse so many from one address.
    const client = createConduitClient(() => services.at(-1)?.url ?? '')
    const [author, reader] = [await registerPerson(client), await registerPerson(client)]
    const article = { title: 'A hundred clients', description: 'a', body: 'b' }
    const { body } = await client.post('/api/articles', { token: author.token, json: { article } })
    const { slug } = body.article
    const burst = async () => {
      const answers = await Promise.all([
        ...Array.from({ length: 300 }, () => client.get('/api/articles?limit=5')),
        ...Array.from({ length: 60 }, () => client.post(`/api/articles/${slug}/favorite`, { token: reader.token })),
        ...Array.from({ length: 60 }, () =>
          client.post(`/api/profiles/${author.username}/follow`, { token: reader.token }),
        ),
      ])
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    }
    let most = 0
    await administer(direct.adminUrl, async (sql) => {
      let watching = true
      const watch = async () => {
        while (watching) most = Math.max(most, (await serversOf(sql))[0]?.n ?? 0)
      }
      // Drivers open their connections as they need them, so it may take some bursts.
      const full = until('all places are taken', async () => {
        await burst()
        return (await hasRoom(pooled.urls.mailer)) === false
      }).finally(() => {
        watching = false
      })
      await Promise.all([full, watch()])
    })
    expect(most).toBe(25)
  })

  conduitSuite(url)

  test('after all of that the hundred are still there, on at most 25 connections', async () => {
    expect(await hasRoom(pooled.urls.mailer)).toBe(false)
    const [row] = await administer(direct.adminUrl, serversOf)
    expect(row?.n).toBeLessThanOrEqual(25)
  })

  test('the relays of events hold their locks on connections of their own, past the pooler', async () => {
    const held = () =>
      administer(
        direct.adminUrl,
        (sql) => sql`
          select application_name as name from pg_locks join pg_stat_activity using (pid)
          where locktype = 'advisory' and granted and datname = current_database() order by name`,
      )
    await until('both hold theirs', async () => (await held()).length === 2)
    expect((await held()).map(({ name }) => name)).toEqual(['feed relay', 'user relay'])
  })

  test('a service that would prepare its statements does not start, and says what to do', async () => {
    // A pooler that is full can't be asked what it is: the first statement asks again then.
    await Promise.all(others.splice(0).map((other) => other.end({ timeout: 1 })))
    await until('there is room again', () => hasRoom(pooled.urls.mailer))
    const start = startTestService({ name: 'feed', database: pooled, natsPrefix })
    await expect(start).rejects.toThrow(/set POOL_PREPARE=0[\s\S]*feed can't start/)
  })
})

const connectTo = async (databaseUrl: string): Promise<postgres.Sql> => {
  const sql = postgres(databaseUrl, { max: 1, prepare: false, fetch_types: false })
  await sql`select 1`
  return sql
}

/** Whether the pooler takes one client more. Rejects for any other refusal than that it is full. */
const hasRoom = async (databaseUrl: string): Promise<boolean> => {
  const sql = postgres(databaseUrl, { max: 1, prepare: false, fetch_types: false })
  try {
    await sql`select 1`
    return true
  } catch (error) {
    expect(String(error)).toContain('no more connections allowed')
    return false
  } finally {
    await sql.end({ timeout: 1 })
  }
}

/** Where `fetch`, which has to be told of a certificate by a variable at its start, reaches the edge without TLS of its own. */
const plainRelay = async (edgeUrl: string): Promise<TcpServer> => {
  const { hostname: host, port } = new URL(edgeUrl)
  const relay = createServer((client) => {
    const upstream = connectTls({ host, port: Number(port), rejectUnauthorized: false })
    client.pipe(upstream).pipe(client)
    client.on('error', () => upstream.destroy())
    upstream.on('error', () => client.destroy())
  }).listen(0, '127.0.0.1')
  await once(relay, 'listening')
  return relay
}
