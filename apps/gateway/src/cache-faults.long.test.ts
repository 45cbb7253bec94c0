import { createDataset, loadDataset } from '@fastpath/fixtures'
import { type Server, startNats, startRedis } from '@fastpath/servers'
import { createConduitClient, type Person, registerPerson, startTestService, until } from '@fastpath/testing'
import { parseServerTiming } from '@fastpath/timing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startTestStack, type TestStack } from './test-stack.js'

const data = createDataset({ users: 5, articles: 40, tagsPerArticle: 2, favorites: 0, comments: 0, follows: 0 })

let nats: Server
let redis: Server
let stack: TestStack
let clients: ReturnType<typeof createConduitClient>[]
let person: Person
beforeAll(async () => {
  ;[nats, redis] = await Promise.all([startNats({ external: false }), startRedis({ external: false })])
  stack = await startTestStack({
    natsUrl: nats.url,
    env: { REDIS_URL: redis.url },
    fill: ({ urls }) => loadDataset(urls, data),
  })
  const start = async () => {
    const env = { CACHE_BYTES: '16000000', REDIS_URL: redis.url }
    const { url, caches } = await stack.startGateway({ env, natsUrl: nats.url })
    await until('Redis is in use', () => caches.redisUsable)
    return createConduitClient(() => url)
  }
  clients = [await start(), await start()]
  person = await registerPerson(at(0))
}, 60_000)
afterAll(async () => {
  if (redis?.pid) redis.resume()
  await stack?.close()
  await Promise.all([redis?.stop(), nats?.stop()])
})

const at = (i: number) => clients[i % clients.length] as ReturnType<typeof createConduitClient>
const cacheState = (headers: Headers) =>
  parseServerTiming(headers.get('server-timing') ?? '').find(({ name }) => name === 'cache')?.desc

/** Writes and reads go on meanwhile; whatever is read is at least as new as what had been written before it was asked for. */
const underLoad = async (meanwhile: () => Promise<void>) => {
  let done = false
  let writing = 0
  let written = 0
  const tookMs: number[] = []
  const write = async () => {
    while (!done) {
      const bio = String(++writing)
      const { status } = await at(writing).put('/api/user', { token: person.token, json: { user: { bio } } })
      expect(status).toBe(200)
      written = writing
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  const read = async (reader: number) => {
    for (let i = reader; !done; i++) {
      const atLeast = written
      const startedMs = performance.now()
      const { status, body } = await at(i).get(`/api/profiles/${person.username}`)
      tookMs.push(performance.now() - startedMs)
      expect(status).toBe(200)
      expect(Number(body.profile.bio)).toBeGreaterThanOrEqual(atLeast)
      await at(i).get('/api/articles')
    }
  }
  const running = [write(), read(0), read(1), read(2)]
  await Promise.race([meanwhile(), Promise.all(running)])
  done = true
  await Promise.all(running)
  return tookMs.sort((a, b) => a - b)[Math.floor(tookMs.length * 0.99)] as number
}
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

test.each([
  ['killed', () => redis.kill(), () => redis.restart()],
  ['stopped', async () => redis.pause(), async () => redis.resume()],
  ['restarted', () => redis.kill().then(() => redis.restart()), async () => {}],
])(
  'Redis %s under load: no error, nothing old, then or afterwards, and nobody waits for it',
  async (_, end, begin) => {
    const wellMs = await underLoad(() => pause(1_000))
    const awayMs = await underLoad(async () => {
      await end()
      await pause(1_000)
    })
    const backMs = await underLoad(async () => {
      await begin()
      await pause(1_500)
    })
    // The time-out is 5 ms; the rest is what a busy machine may add.
    expect(Math.max(awayMs, backMs)).toBeLessThan(wellMs + 500)
  },
  60_000,
)

test('feed killed: what is kept is served, what is not is refused at once', async () => {
  await at(0).get('/api/articles')
  await stack.feed.kill()
  const kept = await at(0).get('/api/articles')
  expect([kept.status, kept.body.articles.length, cacheState(kept.headers)]).toEqual([200, 20, 'hit'])
  expect((await at(0).get('/api/articles?limit=13')).status).toBe(503)
  await stack.startService('feed')
  await until('it is asked again', async () => (await at(0).get('/api/articles?limit=13')).status === 200)
}, 30_000)

test('NATS killed: kept reads of anybody go on and say that they are stale, signed-in readers are refused; then all is fresh', async () => {
  const slug = data.article(3).slug
  const gateway = await startTestService({
    name: 'gateway',
    natsPrefix: stack.natsPrefix,
    natsUrl: nats.url,
    env: { CACHE_BYTES: '16000000', WARM_ARTICLES: slug },
  })
  const own = createConduitClient(() => gateway.url ?? '')
  const readyz = async () => {
    const res = await fetch(`${gateway.adminUrl}/readyz`)
    return { status: res.status, body: (await res.json()) as { checks: Record<string, string> } }
  }
  try {
    expect((await readyz()).status).toBe(200)
    await nats.kill()
    const paths = ['/api/articles', '/api/tags', `/api/articles/${slug}`]
    await until('it knows', async () => cacheState((await own.get('/api/tags')).headers) === 'stale')
    for (const path of paths) {
      const { status, headers } = await own.get(path)
      expect([path, status, cacheState(headers)]).toEqual([path, 200, 'stale'])
    }
    expect((await own.get('/api/articles?limit=17')).status).toBe(503)
    expect((await own.get('/api/articles', { token: person.token })).status).toBe(503)
    // It still answers, so it stays in rotation.
    const ready = await readyz()
    expect([ready.status, ready.body.checks.nats]).toEqual([200, expect.not.stringMatching(/^ok$/)])
    await nats.restart()
    await until('it is fresh again', async () => cacheState((await own.get('/api/articles')).headers) === 'hit')
  } finally {
    if (nats.pid === null) await nats.restart()
    await gateway.stop()
  }
}, 30_000)
