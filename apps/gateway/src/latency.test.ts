import { createDataset, loadDataset } from '@fastpath/fixtures'
import { type Server, type ServiceProcess, startNats } from '@fastpath/servers'
import { administer, startTestService, uniquePrefix, until } from '@fastpath/testing'
import {
  createMetrics,
  type LatencyLine,
  type Log,
  parseServerTiming,
  snapshotToWire,
  takeSnapshots,
} from '@fastpath/timing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { addLatencyPages } from './latency.js'
import { startTestStack, type TestStack } from './test-stack.js'

const data = createDataset({ users: 20, articles: 20, tagsPerArticle: 2, favorites: 0, comments: 0, follows: 0 })
const slow = data.user(1).username

let stack: TestStack
let gateways: ServiceProcess[]
beforeAll(async () => {
  stack = await startTestStack({ fill: ({ urls }) => loadDataset(urls, data) })
  gateways = await Promise.all([stack.startService('gateway'), stack.startService('gateway')])
  // The statement that finds a profile takes 40 ms more for one user.
  await administer(stack.database.adminUrl, async (sql) => {
    await sql`alter table "user".account rename to account_table`
    await sql.unsafe(`create view "user".account as
      select id, username, email, version, image,
        case when username = '${slow}' then (select bio from pg_sleep(0.04)) else bio end as bio
      from "user".account_table`)
    await sql`alter view "user".account owner to ${sql(new URL(stack.database.urls.user).username)}`
  })
}, 60_000)
afterAll(() => stack?.close())

interface Latencies {
  readonly processes: Record<string, number>
  readonly missing: string[]
  readonly onlyThisProcess: boolean
  readonly unreadable: number
  readonly series: LatencyLine[]
}
const latencies = async (adminUrl = gateways[0]?.adminUrl) =>
  (await (await fetch(`${adminUrl}/latency.json`)).json()) as Latencies
const line = ({ series }: Latencies, metric: string, name: string) =>
  series.find((one) => one.metric === metric && one.name === name)

test('percentiles over two gateways are those of all of their answers; every process’s series are in', async () => {
  const totals: number[] = []
  const seen: number[] = []
  for (let i = 0; i < 400; i++) {
    const name = i % 20 === 7 ? slow : data.user(2 + (i % 10)).username
    // In turns of two, so that each gateway has both kinds.
    const gateway = gateways[Math.floor(i / 20) % 2] as ServiceProcess
    const startedMs = performance.now()
    const res = await fetch(`${gateway.url}/api/profiles/${name}`)
    await res.arrayBuffer()
    seen.push(performance.now() - startedMs)
    expect(res.status).toBe(200)
    totals.push(parseServerTiming(res.headers.get('server-timing') ?? '')[0]?.durMs ?? 0)
  }
  const exact = (all: number[], q: number) => all.toSorted((a, b) => a - b)[Math.ceil(q * all.length) - 1] as number

  // The stack's own gateway, which runs in this test, is on the bus as well. On a busy machine one may come late.
  const told = await until('all have answered', async () => {
    const { processes, ...rest } = await latencies()
    return processes.gateway === 3 && processes.feed === 1 && processes.user === 1 && { processes, ...rest }
  })
  expect(told).toMatchObject({ missing: [], onlyThisProcess: false, unreadable: 0 })
  const profiles = line(told, 'fastpath_request_seconds', 'GetProfileByUsername')
  for (const window of ['5m', 'start'] as const) {
    const { count, p50Ms, p99Ms, withinBudget } = (profiles as LatencyLine).windows[window]
    expect(count).toBe(400)
    // Not before the header with its total was written, and about when the client had it all.
    for (const [told, q] of [
      [p50Ms, 0.5],
      [p99Ms, 0.99],
    ] as const) {
      expect(told).toBeGreaterThan(exact(totals, q) * 0.98 - 0.1)
      expect(told).toBeLessThan(exact(seen, q) * 1.5 + 5)
    }
    expect(p99Ms).toBeGreaterThan(40)
    expect(withinBudget).toBeLessThanOrEqual(0.95)
  }
  expect(profiles).toMatchObject({ group: 'routes', budgetMs: 25 })
  for (const metric of ['fastpath_call_seconds', 'fastpath_handle_seconds']) {
    expect(line(told, metric, 'user.getProfile')?.windows.start.count).toBe(400)
  }
  expect(line(told, 'fastpath_statement_seconds', 'profile_by_name')?.windows.start.p99Ms).toBeGreaterThan(40)
  for (const service of ['feed', 'gateway', 'user']) {
    expect(line(told, 'fastpath_event_loop_delay_seconds', service)?.windows['1m'].count).toBeGreaterThan(0)
  }

  const counters = await Promise.all(
    gateways.map(async ({ adminUrl }) => {
      const metrics = await (await fetch(`${adminUrl}/metrics`)).text()
      const count = (budget: string) =>
        Number(
          new RegExp(
            `^fastpath_budget_requests_total\\{route="GetProfileByUsername",budget="${budget}"\\} (\\d+)$`,
            'm',
          ).exec(metrics)?.[1],
        )
      return { within: count('within'), beyond: count('beyond') }
    }),
  )
  for (const { within, beyond } of counters) {
    expect(within + beyond).toBe(200)
    expect(beyond).toBeGreaterThanOrEqual(10)
  }
}, 60_000)

test('the table has a row for each series, by group, with its units; another window is an error that says which there are', async () => {
  await (await fetch(`${gateways[0]?.url}/api/articles`)).arrayBuffer()
  const page = async (query: string) => {
    const res = await fetch(`${gateways[1]?.adminUrl}/latency${query}`)
    return { status: res.status, type: res.headers.get('content-type'), text: await res.text() }
  }
  const all = /^Latencies since the start, in milliseconds, of 1 feed, 3 gateway, 1 user\./
  const { status, type, text } = await until('all have answered', async () => {
    const told = await page('?window=start')
    return all.test(told.text) && told
  })
  expect([status, type]).toEqual([200, 'text/plain; charset=utf-8'])
  expect(text).toMatch(/^routes +count +p50 ms +p95 ms +p99 ms +p99\.9 ms +max ms +budget ms +within$/m)
  expect(text).toMatch(/^ {2}GetArticles +\d+( +\d+\.\d\d){5} +50 +\d+\.\d\d %$/m)
  const headings = [...text.matchAll(/^(\S.*?) {2,}count /gm)].map(([, heading]) => heading)
  expect(headings).toEqual([
    'routes',
    'operations, as their callers waited',
    'operations, as they were handled',
    'statements',
    'event loop, how late',
  ])
  expect((await page('')).text).toMatch(/^Latencies of the last minute/)
  expect(await page('?window=1h')).toMatchObject({ status: 400, text: 'window takes 1m, 5m or start\n' })
  const index = await (await fetch(gateways[0]?.adminUrl ?? '')).text()
  expect(index).toContain('href="/latency"')
})

test('what runs out of time is beyond its budget', async () => {
  const late = await startTestService({
    name: 'gateway',
    natsPrefix: uniquePrefix(),
    env: { REQUEST_TIMEOUT_MS: '1' },
  })
  try {
    await until('a 504', async () => (await fetch(`${late.url}/api/tags`)).status === 504)
    const tags = line(await latencies(late.adminUrl), 'fastpath_request_seconds', 'GetTags')
    expect(tags?.windows.start.count).toBeGreaterThan(0)
  } finally {
    await late.stop()
  }
}, 60_000)

test('without NATS the own figures are told, and that they are alone', async () => {
  const nats: Server = await startNats({ external: false })
  const alone = await startTestService({ name: 'gateway', natsPrefix: '', natsUrl: nats.url })
  try {
    await nats.kill()
    await until('it has noticed', async () => (await latencies(alone.adminUrl)).onlyThisProcess)
    const told = await latencies(alone.adminUrl)
    expect(told).toMatchObject({ processes: { gateway: 1 }, onlyThisProcess: true })
    expect(line(told, 'fastpath_event_loop_delay_seconds', 'gateway')?.windows.start.count).toBeGreaterThan(0)
    const res = await fetch(`${alone.adminUrl}/latency`)
    expect([res.status, await res.text()]).toEqual([200, expect.stringContaining('ONLY THIS PROCESS')])
  } finally {
    await alone.stop()
    await nats.stop()
  }
}, 60_000)

test('series that can’t be read are left out and told; who is missing is named', async () => {
  const metrics = createMetrics()
  metrics.histogram('fastpath_request_seconds', 'R', { route: 'GetTags' }).record(7)
  const warnings: object[] = []
  const log: Log = { debug: () => {}, info: () => {}, warn: (details) => warnings.push(details), error: () => {} }
  const gather = async () => ({
    replies: [
      { name: 'feed', items: [...takeSnapshots(metrics).map(snapshotToWire), 'garbage', ['fastpath_x', [], [[1]]]] },
    ],
    missing: ['user'],
  })
  const pages = new Map<string, (query: URLSearchParams) => Promise<{ body: string }> | { body: string }>()
  addLatencyPages({ page: (path, _, give) => void pages.set(path, give) }, { bus: { gather }, metrics, log })
  const body = async (path: string) => (await pages.get(path)?.(new URLSearchParams()))?.body ?? ''
  const told = JSON.parse(await body('/latency.json')) as Latencies
  expect(told).toMatchObject({ processes: { feed: 1 }, missing: ['user'], unreadable: 2 })
  expect(told.series).toHaveLength(1)
  expect(warnings).toEqual([expect.objectContaining({ from: 'feed', series: 2 })])
  expect(await body('/latency')).toMatch(/MISSING, .*: user\.\nLEFT OUT: 2 series/)
})
