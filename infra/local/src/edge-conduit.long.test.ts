import { once } from 'node:events'
import { type AddressInfo, createServer, type Server as TcpServer } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { type Server, type ServiceProcess, startNginx } from '@fastpath/servers'
import {
  administer,
  conduitSuite,
  createTestDatabase,
  describeWith,
  startTestService,
  type TestDatabase,
  uniquePrefix,
  until,
} from '@fastpath/testing'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
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

  beforeAll(async () => {
    direct = await createTestDatabase()
    const through = await startPooler(direct.adminUrl, direct.urls)
    pooler = through
    pooled = { ...direct, urls: through.urls }
    // With those of their transactions: 98 of the 100 clients that the pooler takes.
    for (const name of ['user', 'feed'] as const) {
      const env = { POOL_PREPARE: '0', POOL_MAX: '25', DIRECT_DATABASE_URL: direct.urls[name] }
      services.push(await startTestService({ name, database: pooled, natsPrefix, env }))
    }
    services.push(await startTestService({ name: 'gateway', natsPrefix, env: { RATE_LIMIT_PER_MINUTE: '0' } }))
    edge = await startNginx({ gateways: [new URL(services.at(-1)?.url ?? '').host] })
    relay = await plainRelay(edge.url)
  })
  afterAll(async () => {
    relay?.close()
    await edge?.stop()
    for (const service of services.reverse()) await service.stop()
    await pooler?.close()
    await direct?.drop()
  })
  const url = () => `http://127.0.0.1:${(relay.address() as AddressInfo).port}`

  conduitSuite(url)

  test('300 readers at once are all answered, by 25 connections of PostgreSQL at the most', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 300 }, async () => {
        const res = await fetch(`${url()}/api/articles?limit=5`)
        await res.arrayBuffer()
        return res.status
      }),
    )
    expect(new Set(statuses)).toEqual(new Set([200]))
    const [row] = await administer(
      direct.adminUrl,
      (sql) => sql`
        select count(*)::integer as n from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
          and application_name not in ('user relay', 'feed relay')`,
    )
    expect(row?.n).toBeLessThanOrEqual(25)
    expect(row?.n).toBeGreaterThan(1)
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
    const start = startTestService({ name: 'feed', database: pooled, natsPrefix })
    await expect(start).rejects.toThrow(/set POOL_PREPARE=0[\s\S]*feed can't start/)
  })
})

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
