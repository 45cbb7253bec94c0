import { createDataset, demoSize, loadArticles, loadUsers } from '@fastpath/fixtures'
import { type Server, type ServiceProcess, startNginx } from '@fastpath/servers'
import {
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
import { conduitMix, isAnswered, startLoad } from './test-load.js'

jest.setTimeout(240_000)

const perSecond = 200
const atLeast = 10_000

describeWith(['nginx'], 'two instances of each service', () => {
  const natsPrefix = uniquePrefix()
  const demo = createDataset(demoSize)
  const names = ['gateway', 'feed', 'user'] as const
  const running = { gateway: [], feed: [], user: [] } as Record<(typeof names)[number], ServiceProcess[]>
  let database: TestDatabase
  let edge: Server

  const start = (name: (typeof names)[number], port = 0) =>
    startTestService({
      name,
      database,
      natsPrefix,
      env: {
        PORT: `${port}`,
        CACHE_BYTES: '20000000',
        RATE_LIMIT_PER_MINUTE: '0',
        // The same few people do the same again and again, which looks like a mistake.
        N_PLUS_ONE: 'off',
      },
    })

  beforeAll(async () => {
    database = await createTestDatabase()
    await Promise.all([loadUsers(database.urls.user, demo), loadArticles(database.urls.feed, demo)])
    for (const name of names.toReversed()) running[name].push(await start(name), await start(name))
    edge = await startNginx({ gateways: running.gateway.map(({ url = '' }) => new URL(url).host) })
  })
  afterAll(async () => {
    await edge?.stop()
    for (const name of names) await Promise.all(running[name].map((service) => service.stop()))
    await database?.drop()
  })

  test(`are restarted in turn at ${perSecond} requests a second: none of ${atLeast} fails`, async () => {
    const conduit = createConduitClient(() => running.gateway[0]?.url ?? '')
    const people = await Promise.all(Array.from({ length: 10 }, () => registerPerson(conduit)))
    const slugs = Array.from({ length: 100 }, (_, i) => demo.article(i + 1).slug)
    const outcomes = new Map<string, number>()
    const failures: string[] = []
    let slowestMs = 0
    const load = startLoad({
      url: edge.url,
      perSecond,
      request: conduitMix(people, slugs, demo.tags(1)),
      onDone(outcome, tookMs, { method = 'GET', path }) {
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
        slowestMs = Math.max(slowestMs, tookMs)
        if (!isAnswered(outcome)) failures.push(`${outcome} for ${method} ${path}`)
      },
    })
    let restarts = 0
    try {
      await until('all are at work', () => load.sent >= 1_000, 30_000)
      while (load.sent < atLeast) {
        for (const name of names) {
          for (const [i, old] of running[name].entries()) {
            await old.stop()
            expect(await old.exited).toBe('exit code 0')
            running[name][i] = await start(name, Number(new URL(old.url ?? 'http://none:0').port))
            restarts++
          }
        }
      }
    } finally {
      await load.end()
    }
    const told = JSON.stringify(Object.fromEntries(outcomes))
    console.log(`${load.sent} requests, ${restarts} restarts; ${told}; the slowest took ${Math.round(slowestMs)} ms`)
    expect(failures).toEqual([])
    expect(load.sent).toBeGreaterThanOrEqual(atLeast)
    expect(restarts).toBeGreaterThanOrEqual(6)
  })
})
