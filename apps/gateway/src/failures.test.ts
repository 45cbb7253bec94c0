import { createDataset, loadDataset } from '@fastpath/fixtures'
import { type Server, startNats } from '@fastpath/servers'
import { administer, until } from '@fastpath/testing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startTestStack, type TestStack } from './test-stack.js'

const data = createDataset({ users: 5, articles: 20, tagsPerArticle: 2, favorites: 0, comments: 0, follows: 0 })

let nats: Server
let stack: TestStack
beforeAll(async () => {
  nats = await startNats({ external: false })
  stack = await startTestStack({
    natsUrl: nats.url,
    // Planted slow statements go on after their calls are over: room for all of them beside the others.
    env: { POOL_MAX: '40' },
    fill: ({ urls }) => loadDataset(urls, data),
  })
})
afterAll(async () => {
  await stack?.close()
  await nats?.stop()
})

const ask = async (path: string) => {
  const startedMs = performance.now()
  const res = await fetch(stack.url + path)
  const body = await res.json()
  return { status: res.status, retryAfter: res.headers.get('retry-after'), body, tookMs: performance.now() - startedMs }
}
/** The middle one of five, by time: one of them may meet a pause of the machine. */
const askFiveTimes = async (path: string) => {
  const answers = []
  for (let i = 0; i < 5; i++) answers.push(await ask(path))
  return answers.sort((a, b) => a.tookMs - b.tookMs)[2] as (typeof answers)[number]
}
const isWell = async () => (await ask('/api/articles')).status === 200
const profilePath = `/api/profiles/${data.user(1).username}`

test('feed killed: 503 with Retry-After at once, other routes go on, all is well soon after its restart', async () => {
  await ask('/api/articles')
  await ask(profilePath)
  await stack.feed.kill()
  const refused = await askFiveTimes('/api/articles')
  expect(refused).toMatchObject({ status: 503, retryAfter: '1', body: { errors: { service: ['is unavailable'] } } })
  expect(refused.tookMs).toBeLessThan(50)
  expect((await ask(profilePath)).status).toBe(200)
  await stack.startService('feed')
  await until('lists are answered again', isWell, 2_000)
})

test('nats-server killed and restarted, ten times: pending requests fail at once, new ones too, and all is well within a second', async () => {
  // Slow enough to be in flight when the broker dies: each look at a tag takes 3 s.
  await administer(stack.database.adminUrl, async (sql) => {
    await sql`alter table feed.tag rename to tag_table`
    await sql`create view feed.tag as select tag_table.* from (select pg_sleep(3)) as slow, feed.tag_table`
    await sql`alter view feed.tag owner to ${sql(new URL(stack.database.urls.feed).username)}`
  })
  const slowStatementsRun = async () => {
    const active = await administer(
      stack.database.adminUrl,
      (sql) => sql`select from pg_stat_activity where query like '%from tag%' and wait_event = 'PgSleep'`,
    )
    return active.length > 0
  }
  for (let round = 0; round < 10; round++) {
    const pending = Array.from({ length: 2 }, () => ask('/api/tags'))
    await until('the requests are with PostgreSQL', slowStatementsRun)
    await nats.kill()
    const killedMs = performance.now()
    for (const { status, retryAfter } of await Promise.all(pending)) expect([status, retryAfter]).toEqual([503, '1'])
    expect(performance.now() - killedMs).toBeLessThan(500)

    const refused = await askFiveTimes('/api/articles')
    expect([refused.status, refused.retryAfter]).toEqual([503, '1'])
    expect(refused.tookMs).toBeLessThan(50)

    await nats.restart()
    await until('lists are answered again', isWell, 1_000)
  }
}, 60_000)

test('past the deadline a request is answered with 504', async () => {
  // Of the operation, after 2 s: the planted statement takes longer.
  const late = await ask('/api/tags')
  expect([late.status, late.body]).toEqual([504, { errors: { service: ['took too long'] } }])
})

test('two instances share the work with no change of config; one killed under load loses at most what it held', async () => {
  const second = await stack.startService('feed')
  const perInstance = async (adminUrl: string) => {
    const metrics = await (await fetch(`${adminUrl}/metrics`)).text()
    return Number(/fastpath_handle_seconds_count\{operation="feed\.listArticles"\} (\d+)/.exec(metrics)?.[1] ?? 0)
  }
  const before = await perInstance(second.adminUrl)
  for (let i = 0; i < 50; i++) await Promise.all(Array.from({ length: 20 }, () => ask('/api/articles?limit=1')))
  const share = ((await perInstance(second.adminUrl)) - before) / 1_000
  expect(share).toBeGreaterThanOrEqual(0.35)
  expect(share).toBeLessThanOrEqual(0.65)

  const statuses: number[] = []
  let killed: Promise<void> | undefined
  const inFlight = 16
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      for (let i = 0; i < 60; i++) {
        statuses.push((await ask('/api/articles?limit=1')).status)
        if (statuses.length >= 300) killed ??= second.kill()
      }
    }),
  )
  await killed
  // Reads are tried once more on the other instance, so in fact none should be lost.
  expect(statuses.filter((status) => status !== 200).length).toBeLessThanOrEqual(inFlight)
  expect(statuses.slice(-200).every((status) => status === 200)).toBe(true)
}, 30_000)
