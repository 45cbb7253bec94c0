import type { Caches } from '@fastpath/caching'
import { compileLayout } from '@fastpath/contracts'
import { Call, type Log } from '@fastpath/timing'
import type { Clients } from '../clients.js'
import { type CacheUse, inputOfPage, keyOfPage } from './cached-clients.js'
import { createHotKeys } from './hot-keys.js'

export interface WarmingOptions {
  /** The longest that a start waits for it, in milliseconds; 0: not at all. */
  readonly warmTimeoutMs: number
  /** Slugs of articles that many will want. */
  readonly warmArticles: readonly string[]
  /** Whether there is a Redis, where the list of hot keys outlives this process. */
  readonly withRedis: boolean
  /** Whether what is loaded from now on will be known to be true. */
  readonly informed: () => boolean
  readonly log: Log
}

export interface Warming {
  /** Told by the cached clients of what their callers ask for. */
  note(call: Call, use: CacheUse): void
  /** Loads what the first readers will want, by `clients`, which keep it. Never rejects, and never takes longer than it may. */
  start(clients: Clients): Promise<void>
  close(): Promise<void>
}

const firstPage = { limit: 20, offset: 0 }
const warmedTags = 10
/** Of either kind: what is remembered for the next life, and what is loaded again at once when it was invalidated. */
const remembered = 50
const reloaded = 10
/** Loads at a time: a start must not look like a rush. */
const atOnce = 8
const saveEveryMs = 30_000
/** After an invalidation, so that several are one; readers who come sooner load what they want themselves. */
const reloadAfterMs = 100
const reloadTimeoutMs = 2_000
const retryMs = 100

interface HotList {
  pages: string[]
  articles: string[]
}
const strings = { type: 'array', items: { type: 'string' } }
const hotListLayout = compileLayout<HotList>({
  type: 'object',
  properties: { pages: strings, articles: strings },
  required: ['pages', 'articles'],
})
const week = 7 * 86_400_000

/** Knows what readers want most, and has it loaded before they ask. */
export const createWarming = (caches: Caches, options: WarmingOptions): Warming => {
  const { warmTimeoutMs, warmArticles, withRedis, informed, log } = options
  const hot = { page: createHotKeys(), article: createHotKeys() }
  const lists = caches.cache<string, HotList>({
    name: 'hot-keys',
    layout: hotListLayout,
    softTtlMs: week,
    negativeTtlMs: 0,
  })
  /** Our own look-ups don't make anything hotter. */
  let own: Call | undefined
  let reload: NodeJS.Timeout | undefined
  let save: NodeJS.Timeout | undefined
  let closed = false

  const remember = () =>
    lists.set('gateway', { pages: hot.page.hottest(remembered), articles: hot.article.hottest(remembered) })

  const recall = async (call: Call) => {
    if (!withRedis) return
    await soon(call, () => caches.redisUsable)
    const list = await lists.get(call, 'gateway', async () => undefined)
    hot.page.restore(list?.pages ?? [])
    hot.article.restore(list?.articles ?? [])
  }

  const load = async (call: Call, clients: Clients, { pages, articles }: HotList) => {
    const authors = new Set<number>()
    const noteAuthor = ({ authorId }: { readonly authorId: number }) => authors.add(authorId)
    const loads = [
      ...pages.map(
        (key) => async () => (await clients.feed.listArticles(call, inputOfPage(key))).articles.forEach(noteAuthor),
      ),
      ...articles.map((slug) => async () => noteAuthor(await clients.feed.getArticle(call, { slug }))),
    ]
    const failed = await runAll(loads)
    if (authors.size > 0) await clients.user.getProfiles(call, { ids: [...authors].slice(0, 1_000) })
    return failed
  }

  return {
    note(call, { kind, key }) {
      if (call !== own) hot[kind].note(key)
    },
    async start(clients) {
      const reloadHottest = async () => {
        reload = undefined
        if (!caches.hears) return
        own = new Call({ timeoutMs: reloadTimeoutMs, log })
        const hottest = { pages: hot.page.hottest(reloaded), articles: hot.article.hottest(reloaded) }
        // In vain where services are away: who asks will see.
        await load(own, clients, hottest).catch(() => {})
      }
      caches.onInvalidated(() => {
        if (!closed) reload ??= setTimeout(() => void reloadHottest(), reloadAfterMs).unref()
      })
      if (withRedis) save = setInterval(() => void remember(), saveEveryMs).unref()
      if (warmTimeoutMs === 0) return

      const call = new Call({ timeoutMs: warmTimeoutMs, log })
      own = call
      try {
        // What is loaded before others can be heard would have to be loaded again.
        await soon(call, informed)
        const [tags] = await Promise.all([firstWords(call, clients), recall(call)])
        const pages = tags.slice(0, warmedTags).map((tag) => keyOfPage({ ...firstPage, tag }))
        const failed = await load(call, clients, {
          pages: [...new Set([...hot.page.hottest(remembered), ...pages])],
          articles: [...new Set([...warmArticles, ...hot.article.hottest(remembered)])],
        })
        if (failed.length > 0) log.warn({ err: failed[0], failed: failed.length }, 'not all could be warmed')
      } catch (error) {
        log.warn({ err: error }, 'starts cold: nothing could be warmed in time')
      }
    },
    async close() {
      closed = true
      clearTimeout(reload)
      clearInterval(save)
      if (withRedis) await remember()
    },
  }
}

/** The first page with its authors and the tags; services may be starting at this moment, so they are asked until they answer. */
const firstWords = async (call: Call, { feed, user }: Clients): Promise<string[]> => {
  for (;;) {
    try {
      const [{ articles }, { tags }] = await Promise.all([feed.listArticles(call, firstPage), feed.listTags(call, {})])
      await user.getProfiles(call, { ids: [...new Set(articles.map(({ authorId }) => authorId))] })
      return tags
    } catch (error) {
      if (call.remainingMs() < retryMs) throw error
      await new Promise((resolve) => setTimeout(resolve, retryMs))
    }
  }
}

/** Waits for what a connection needs, but not for a sick one: a tenth of the time. */
const soon = async (call: Call, isSo: () => boolean): Promise<void> => {
  const untilMs = performance.now() + call.remainingMs() / 10
  while (!isSo() && performance.now() < untilMs) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** Some at a time; gives what went wrong. */
const runAll = async (loads: readonly (() => Promise<unknown>)[]): Promise<unknown[]> => {
  const failed: unknown[] = []
  let next = 0
  const work = async () => {
    for (let load = loads[next++]; load; load = loads[next++]) await load().catch((error) => failed.push(error))
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return failed
}
