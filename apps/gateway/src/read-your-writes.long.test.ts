import { createRandom } from '@fastpath/fixtures'
import { createConduitClient, type Line, openLine, testServers, until } from '@fastpath/testing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Clients } from './clients.js'
import { startTestStack, type TestStack } from './test-stack.js'

/*
 * Ten users write and read at random, over two gateways with caches of their own, two instances of the feed service, real
 * NATS and Redis. Each knows what was written last by them, and every read of theirs must show it.
 */

const { natsUrl, redisUrl } = testServers()
const cached = {
  CACHE_BYTES: '16000000',
  RESPONSE_CACHE_BYTES: '16000000',
  REDIS_URL: redisUrl,
  TOKEN_CACHE_MS: '60000',
}

let stack: TestStack
let line: Line
beforeAll(async () => {
  stack = await startTestStack({ env: { REDIS_URL: redisUrl } })
  await stack.startService('feed')
  line = await openLine(natsUrl)
}, 60_000)
afterAll(async () => {
  await stack?.close()
  await line?.close()
})

type Client = ReturnType<typeof createConduitClient>
type Gateways = readonly [Client, Client]
const seed = Date.now() % 1_000_000
const random = createRandom(seed)

const startGateways = async (clients?: (own: Clients) => Clients): Promise<Gateways> => {
  const start = async (natsUrl: string) => {
    const { url } = await stack.startGateway({ env: cached, natsUrl, ...(clients && { clients }) })
    return createConduitClient(() => url)
  }
  return [await start(natsUrl), await start(line.url)]
}

/** Loads that hold what they have read for a while, so that it is out of date when it comes. */
const slowly = ({ feed, user }: Clients): Clients => {
  const late =
    <A extends unknown[], T>(ask: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      const found = await ask(...args)
      await new Promise((resolve) => setTimeout(resolve, random.below(40)))
      return found
    }
  return {
    feed: {
      ...feed,
      listArticles: late(feed.listArticles),
      getArticle: late(feed.getArticle),
      listTags: late(feed.listTags),
    },
    user: {
      ...user,
      getProfiles: late(user.getProfiles),
      getProfile: late(user.getProfile),
      findUsers: late(user.findUsers),
      listFollowed: late(user.listFollowed),
    },
  }
}

interface Play {
  /** Whom writes go to, and whom reads. */
  readonly write: () => Client
  readonly read: () => Client
  /** Without it all readers are signed in. */
  readonly anonymous: boolean
  /** Whether a refusal is an answer, and not a fault of the test. */
  readonly mayRefuse: boolean
}

const createUser = async (name: string, { write, read, anonymous, mayRefuse }: Play) => {
  const email = `${name}@example.com`
  const { body } = await write().post('/api/users', {
    json: { user: { username: name, email, password: 'correct horse' } },
  })
  const token: string = body.user.token
  const tag = `tag-${name}`
  let [username, bio, count] = [name, null as string | null, 0]
  let article: { slug: string; title: string; tagged: boolean; favorited: boolean } | undefined
  let gone: string | undefined
  /** Of the one comment below the article. */
  let said: { id: number; body: string } | undefined

  const ask = async (path: string) => {
    const signed = !anonymous || random.below(2) === 0
    const answer = await read().get(path, signed ? { token } : {})
    if (mayRefuse && answer.status >= 503) return undefined
    return answer
  }
  const written = async (method: string, path: string, json?: unknown) => {
    const answer = await write().ask(method, path, { token, ...(json !== undefined && { json }) })
    expect([method, path, answer.status, answer.status < 300 || answer.body]).toEqual([
      method,
      path,
      answer.status,
      true,
    ])
    return answer.body
  }

  const writes: Record<string, () => Promise<void>> = {
    async bio() {
      bio = `bio ${++count}`
      await written('PUT', '/api/user', { user: { bio } })
    },
    async rename() {
      username = `${name}-${++count}`
      await written('PUT', '/api/user', { user: { username } })
    },
    async article() {
      if (article) {
        gone = article.slug
        article = undefined
        said = undefined
        await written('DELETE', `/api/articles/${gone}`)
      } else {
        const title = `Of ${name} ${++count}`
        const made = await written('POST', '/api/articles', {
          article: { title, description: 'd', body: 'b', tagList: [tag] },
        })
        article = { slug: made.article.slug, title, tagged: true, favorited: false }
      }
    },
    async title() {
      if (!article) return
      const title = `By ${name} ${++count}`
      const { body: _, ...changed } = (await written('PUT', `/api/articles/${article.slug}`, { article: { title } }))
        .article
      gone = article.slug
      article = { ...article, title, slug: changed.slug }
    },
    async tags() {
      if (!article) return
      const tagged = !article.tagged
      await written('PUT', `/api/articles/${article.slug}`, { article: { tagList: tagged ? [tag] : [] } })
      article = { ...article, tagged }
    },
    async comment() {
      if (!article) return
      const path = `/api/articles/${article.slug}/comments`
      const before = said
      if (before) {
        said = undefined
        await written('DELETE', `${path}/${before.id}`)
      } else {
        const body = `said ${++count}`
        said = { id: (await written('POST', path, { comment: { body } })).comment.id, body }
      }
    },
    async favorite() {
      if (!article) return
      const favorited = !article.favorited
      await written(favorited ? 'POST' : 'DELETE', `/api/articles/${article.slug}/favorite`)
      article = { ...article, favorited }
    },
  }

  const listed = () => (article ? [{ slug: article.slug, title: article.title }] : [])
  const list = async (query: string, expected: readonly object[]) => {
    const answer = await ask(`/api/articles?${query}`)
    if (!answer) return
    const { articles = [], articlesCount } = answer.body
    expect([query, articlesCount, articles]).toEqual([
      query,
      expected.length,
      expected.map((it) => expect.objectContaining(it)),
    ])
  }
  const favorites = () => Number(article?.favorited ?? false)
  const reads: Record<string, () => Promise<void>> = {
    async profile() {
      const answer = await ask(`/api/profiles/${username}`)
      if (answer) expect(answer.body).toMatchObject({ profile: { username, bio } })
    },
    byAuthor: () =>
      list(
        `author=${username}`,
        listed().map((it) => ({
          ...it,
          favoritesCount: favorites(),
          author: expect.objectContaining({ username, bio }),
        })),
      ),
    byTag: () => list(`tag=${tag}`, article?.tagged ? listed() : []),
    byFavorite: () => list(`favorited=${username}`, article?.favorited ? listed() : []),
    async article() {
      const answer = article && (await ask(`/api/articles/${article.slug}`))
      if (answer)
        expect(answer.body.article).toMatchObject({
          ...listed()[0],
          favoritesCount: favorites(),
          author: { username, bio },
        })
    },
    async comments() {
      const answer = article && (await ask(`/api/articles/${article.slug}/comments`))
      if (answer) expect(answer.body.comments).toEqual(said ? [expect.objectContaining(said)] : [])
    },
    async gone() {
      if (gone === undefined) return
      for (const path of [`/api/articles/${gone}`, `/api/articles/${gone}/comments`]) {
        const answer = await ask(path)
        if (answer) expect([path, answer.status]).toEqual([path, 404])
      }
    },
  }
  return {
    writes: Object.values(writes),
    reads: Object.values(reads),
    get last() {
      return { path: `/api/profiles/${username}`, bio }
    },
    setBio: writes.bio as () => Promise<void>,
  }
}

const play = async (name: string, sequences: number, rules: Play) => {
  const users = await Promise.all(Array.from({ length: 10 }, (_, i) => createUser(`${name}${i}`, rules)))
  await Promise.all(
    users.map(async ({ writes, reads }) => {
      for (let i = 0; i < sequences / users.length; i++) {
        for (let n = random.below(2); n >= 0; n--) await random.pick(writes)()
        await Promise.all([random.pick(reads)(), random.pick(reads)()])
        await random.pick(reads)()
      }
    }),
  )
  return users
}

/** By readers without a token, at every gateway, a second after it was written at the latest. */
const isSeenByAll = async (users: Awaited<ReturnType<typeof play>>, gateways: Gateways) => {
  for (const user of users) {
    await user.setBio()
    const { path, bio } = user.last
    for (const gateway of gateways) {
      await until('others see it', async () => (await gateway.get(path)).body.profile?.bio === bio, 1_000)
    }
  }
}

test(`1,000 sequences: everybody sees their own last write, at either gateway (seed ${seed})`, async () => {
  const both = await startGateways()
  const any = () => random.pick(both)
  const users = await play('swift', 1_000, { write: any, read: any, anonymous: true, mayRefuse: false })

  await isSeenByAll(users, both)
}, 180_000)

test('200 sequences while loads are slow: what was read before a write is not shown after it', async () => {
  const both = await startGateways(slowly)
  const any = () => random.pick(both)
  const users = await play('slow', 200, { write: any, read: any, anonymous: true, mayRefuse: false })
  await isSeenByAll(users, both)
}, 120_000)

test('300 sequences while one gateway loses NATS and finds it again: refused perhaps, but never shown what was', async () => {
  const [steady, shaky] = await startGateways()
  let done = false
  let cuts = 0
  const cutting = (async () => {
    while (!done) {
      await new Promise((resolve) => setTimeout(resolve, 50 + random.below(300)))
      line.cut()
      cuts++
      await new Promise((resolve) => setTimeout(resolve, random.below(150)))
      line.mend()
    }
  })()
  const either = () => random.pick([steady, shaky])
  let users: Awaited<ReturnType<typeof play>> = []
  try {
    users = await play('shaky', 300, { write: () => steady, read: either, anonymous: false, mayRefuse: true })
  } finally {
    done = true
    await cutting
  }
  expect(cuts).toBeGreaterThan(2)
  await until('the gateway is well again', async () => (await shaky.get('/api/articles?limit=7')).status === 200)
  await isSeenByAll(users, [steady, shaky])
}, 120_000)
