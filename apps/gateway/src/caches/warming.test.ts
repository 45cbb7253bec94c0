import { cacheTags } from '@fastpath/contracts'
import { createDataset, loadDataset } from '@fastpath/fixtures'
import { type Bus, connect } from '@fastpath/messaging'
import { natsUrlAs, testServers, uniquePrefix, until } from '@fastpath/testing'
import { Call, createMetrics, formatPrometheus } from '@fastpath/timing'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { createClients } from '../clients.js'
import { startTestStack, type TestStack } from '../test-stack.js'
import { type OpenedCachedClients, openCachedClients } from './open-cached-clients.js'

const data = createDataset({ users: 20, articles: 100, tagsPerArticle: 2, favorites: 20, comments: 0, follows: 0 })
const { redisUrl } = testServers()
const natsUrl = natsUrlAs('gateway')

let stack: TestStack
let bus: Bus
let lonely: Bus
beforeAll(async () => {
  stack = await startTestStack({ fill: ({ urls }) => loadDataset(urls, data) })
  bus = await connect({ url: natsUrl, name: 'gateway', prefix: stack.natsPrefix })
  lonely = await connect({ url: natsUrl, name: 'gateway', prefix: uniquePrefix() })
})
afterAll(async () => {
  await bus?.close()
  await lonely?.close()
  await stack?.close()
})

const opened: OpenedCachedClients[] = []
afterEach(async () => {
  for (const { close } of opened.splice(0)) await close()
})

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const open = (options: Partial<Parameters<typeof openCachedClients>[1]> = {}) => {
  const metrics = createMetrics()
  const cached = openCachedClients(createClients(options.bus ?? bus), {
    bus,
    metrics,
    log: silent,
    cacheBytes: 16_000_000,
    redisUrl: '',
    natsPrefix: stack.natsPrefix,
    warmTimeoutMs: 10_000,
    warmArticles: [],
    ...options,
  })
  opened.push(cached)
  const loads = (cache: string) =>
    Number(new RegExp(`load_seconds_count\\{cache="${cache}"\\} (\\d+)`).exec(formatPrometheus(metrics))?.[1] ?? 0)
  /** `hit`, `stale` or `miss`. */
  const how = async (ask: (call: Call) => Promise<unknown>) => {
    const call = new Call({ timeoutMs: 5_000 })
    await ask(call)
    return call.trace.described('cache')
  }
  return { ...cached, loads, how }
}

test('after a start the first page, the most used tags and their pages, their authors and the chosen articles are there', async () => {
  const { slug } = data.article(9)
  const { clients, warm, how } = open({ warmArticles: [slug] })
  await warm()
  const { tags } = await clients.feed.listTags(new Call({ timeoutMs: 1_000 }), {})
  const states = [
    await how((call) => clients.feed.listTags(call, {})),
    await how(async (call) => {
      const { articles } = await clients.feed.listArticles(call, { limit: 20, offset: 0 })
      await clients.user.getProfiles(call, { ids: articles.map(({ authorId }) => authorId) })
    }),
    await how((call) => clients.feed.listArticles(call, { limit: 20, offset: 0, tag: tags[3] as string })),
    await how((call) => clients.feed.getArticle(call, { slug })),
    await how((call) => clients.feed.listArticles(call, { limit: 19, offset: 0 })),
  ]
  expect(states).toEqual(['hit', 'hit', 'hit', 'hit', 'miss'])
})

test('what was hot in the last life is warm in the next', async () => {
  const natsPrefix = uniquePrefix()
  const page = { limit: 7, offset: 0, authorId: 3 }
  const { slug } = data.article(5)
  const first = open({ redisUrl, natsPrefix })
  await first.warm()
  await until('Redis is in use', () => first.caches.redisUsable)
  for (let i = 0; i < 3; i++) {
    await first.clients.feed.listArticles(new Call({ timeoutMs: 5_000 }), page)
    await first.clients.feed.getArticle(new Call({ timeoutMs: 5_000 }), { slug })
  }
  // On a busy machine a few milliseconds may be over before Redis has answered.
  let hits: unknown[] = []
  await until('the next life has it', async () => {
    await first.close()
    const { warm, clients, how } = open({ redisUrl, natsPrefix })
    await warm()
    hits = [
      await how((call) => clients.feed.listArticles(call, page)),
      await how((call) => clients.feed.getArticle(call, { slug })),
    ]
    return hits.every((state) => state === 'hit')
  })
  expect(hits).toEqual(['hit', 'hit'])
})

test('what was hot and is invalidated is loaded again before anybody asks', async () => {
  const { clients, caches, warm, loads } = open()
  await warm()
  const page = { limit: 3, offset: 0 }
  await clients.feed.listArticles(new Call({ timeoutMs: 5_000 }), page)
  const before = loads('article-pages')
  await caches.invalidate([cacheTags.allArticles])
  await until('it was loaded again', () => loads('article-pages') === before + 1)
})

test('a start where nobody answers is no longer than it may be, and is a start', async () => {
  const { clients, warm } = open({ bus: lonely, warmTimeoutMs: 500 })
  const startedMs = performance.now()
  await warm()
  const tookMs = performance.now() - startedMs
  expect(tookMs).toBeGreaterThan(300)
  expect(tookMs).toBeLessThan(3_000)
  await expect(clients.feed.listTags(new Call({ timeoutMs: 500 }), {})).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})
