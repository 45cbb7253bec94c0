import { setTimeout as sleep } from 'node:timers/promises'
import { type ServiceProcess, startNginx } from '@fastpath/servers'
import { administer, describeWith, until } from '@fastpath/testing'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { connectToEdge } from './test-edge.js'
import { type EdgeStack, startEdgeStack } from './test-edge-stack.js'

jest.setTimeout(60_000)

describeWith(['nginx', 'pgbouncer'], 'two gateways behind the shipped nginx.conf', () => {
  let stack: EdgeStack
  beforeAll(async () => {
    stack = await startEdgeStack()
  })
  afterAll(() => stack?.stop())

  const page = '/api/articles?limit=20'

  test("Server-Timing comes as the gateway wrote it, with the edge's own time in milliseconds", async () => {
    const { gateways, client } = stack
    const direct = await fetch(`${gateways[0]?.url}${page}`)
    const { headers } = await client.get(page, { 'accept-encoding': 'br' })
    const told = entriesOf(String(headers['server-timing']))
    expect(told.map(({ name }) => name)).toEqual([
      ...entriesOf(direct.headers.get('server-timing') ?? '').map(({ name }) => name),
      'edge',
    ])
    expect(told.map(({ name }) => name)).toEqual(expect.arrayContaining(['total', 'db', 'serialize', 'feed.db']))
    for (const { ms } of told) expect(ms).toBeGreaterThanOrEqual(0)
  })

  test('an answer that takes longer than a second is told by both with what it took', async () => {
    const { database, client } = stack
    let tell = () => {}
    const held = new Promise<void>((resolve) => {
      tell = resolve
    })
    const lock = administer(database.adminUrl, (sql) =>
      sql.begin(async (tx) => {
        await tx`lock table feed.article in access exclusive mode`
        tell()
        await tx`select pg_sleep(1.4)`
      }),
    )
    await Promise.race([held, lock])
    const [{ status, headers }] = await Promise.all([client.get(page), lock])
    expect(status).toBe(200)
    const told = new Map(entriesOf(String(headers['server-timing'])).map(({ name, ms }) => [name, ms]))
    expect(told.get('total')).toBeGreaterThan(1_000)
    // nginx's clock ticks once a millisecond, and may be one late.
    expect(told.get('edge')).toBeGreaterThanOrEqual(Math.floor(told.get('total') ?? 0) - 2)
    expect(told.get('edge')).toBeLessThan(5_000)
  })

  test('one of two gateways is restarted under requests: none of them fails', async () => {
    const { gateways, client, startGateway } = stack
    const seen = new Map<number, number>()
    let asking = true
    const askOn = async () => {
      while (asking) {
        const { status } = await client.get('/api/tags')
        seen.set(status, (seen.get(status) ?? 0) + 1)
        // Below the edge's limit of requests, however fast the machine.
        await sleep(40)
      }
    }
    const askers = Array.from({ length: 16 }, askOn)
    const answered = () => [...seen.values()].reduce((sum, some) => sum + some, 0)
    const more = (count: number) => {
      const enough = answered() + count
      return until(`${count} more are answered`, () => answered() >= enough, 20_000)
    }
    try {
      await more(200)
      const [first, second] = gateways as [ServiceProcess, ServiceProcess]
      for (const gateway of [first, second]) expect(await tagsAnsweredBy(gateway)).toBeGreaterThan(0)
      const { port } = new URL(first.url ?? '')
      await first.stop()
      await more(200)
      const again = await startGateway({ PORT: port })
      gateways[0] = again
      await more(200)
      // For ten seconds nginx asks nobody who refused a connection.
      await until('the new one has its share', async () => (await tagsAnsweredBy(again)) > 20, 20_000)
    } finally {
      asking = false
      await Promise.all(askers)
    }
    expect([...seen.keys()]).toEqual([200])
  })

  test('without any gateway: 503 in the form of errors, and when to come back', async () => {
    const front = await startNginx({ gateways: ['127.0.0.1:1'] })
    const asking = await connectToEdge(front.url)
    try {
      const { status, headers, body } = await asking.get('/api/tags')
      expect([status, headers['retry-after']]).toEqual([503, '1'])
      expect(JSON.parse(body.toString())).toEqual({ errors: { service: ['is unavailable'] } })
    } finally {
      asking.close()
      await front.stop()
    }
  })
})

const entriesOf = (serverTiming: string) =>
  [...serverTiming.matchAll(/(?:^|, )([\w.-]+)(?:;desc="[^"]*")?(?:;dur=([\d.]+))?(?=, |$)/g)].map(([, name, ms]) => ({
    name,
    ms: Number(ms ?? 0),
  }))

/** How often that gateway has answered `GET /api/tags` since its start. */
const tagsAnsweredBy = async ({ adminUrl }: ServiceProcess): Promise<number> => {
  const metrics = await (await fetch(`${adminUrl}/metrics`)).text()
  return Number(/^fastpath_request_seconds_count\{[^}]*route="GetTags"[^}]*\} (\d+)$/m.exec(metrics)?.[1] ?? 0)
}
