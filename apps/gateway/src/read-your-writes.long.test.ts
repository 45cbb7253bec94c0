import { createRandom } from '@fastpath/fixtures'
import { type ConduitClient, createConduitClient, type Line, openLine, testServers, until } from '@fastpath/testing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Clients } from './clients.js'
import { createRandomUser, type Play } from './test-random-user.js'
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

type Gateways = readonly [ConduitClient, ConduitClient]
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

const play = async (name: string, sequences: number, rules: Omit<Play, 'random'>) => {
  const users = await Promise.all(
    Array.from({ length: 10 }, (_, i) => createRandomUser(`${name}${i}`, { ...rules, random })),
  )
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
