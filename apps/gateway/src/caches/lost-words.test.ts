import { createDataset, loadDataset } from '@fastpath/fixtures'
import {
  administer,
  createConduitClient,
  type Line,
  openLine,
  registerPerson,
  startTestService,
  testServers,
  until,
} from '@fastpath/testing'
import { parseServerTiming } from '@fastpath/timing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startTestStack, type TestGateway, type TestStack } from '../test-stack.js'

const data = createDataset({ users: 3, articles: 5, tagsPerArticle: 1, favorites: 0, comments: 0, follows: 0 })
const slug = data.article(1).slug
const kept = { CACHE_BYTES: '16000000', RESPONSE_CACHE_BYTES: '16000000' }

let stack: TestStack
let steady: TestGateway
let shaky: TestGateway
/** Of the feed service that writes, and of the shaky gateway. */
let feedLine: Line
let gatewayLine: Line
beforeAll(async () => {
  stack = await startTestStack({ fill: ({ urls }) => loadDataset(urls, data) })
  const { natsUrl } = testServers()
  ;[feedLine, gatewayLine] = await Promise.all([openLine(natsUrl), openLine(natsUrl)])
  steady = await stack.startGateway({ env: kept })
  shaky = await stack.startGateway({ env: kept, natsUrl: gatewayLine.url })
})
afterAll(async () => {
  await stack?.close()
  await Promise.all([feedLine?.close(), gatewayLine?.close()])
})

const via = ({ url }: TestGateway) => createConduitClient(() => url)
const read = async (gateway: TestGateway) => {
  const { status, body, headers } = await via(gateway).get(`/api/articles/${slug}`)
  const cache = parseServerTiming(headers.get('server-timing') ?? '').find(({ name }) => name === 'cache')?.desc
  return { status, favorites: body.article?.favoritesCount, cache }
}
const keep = async (gateway: TestGateway, favorites: number) => {
  await until('it is kept', async () => (await read(gateway)).cache === 'hit')
  expect(await read(gateway)).toEqual({ status: 200, favorites, cache: 'hit' })
}

/** By a session of its own: within a transaction PostgreSQL goes on showing what was so at first. */
const waiting = () =>
  administer(
    stack.database.adminUrl,
    (sql) => sql`select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
  )

test('a service that dies between its commit and its word leaves nothing old behind, in gateways that heard all the time', async () => {
  const { token } = await registerPerson(via(steady))
  const doomed = await startTestService({
    name: 'feed',
    database: stack.database,
    natsPrefix: stack.natsPrefix,
    natsUrl: feedLine.url,
  })
  await stack.feed.kill()
  await keep(steady, 0)
  await administer(stack.database.adminUrl, (sql) =>
    sql.begin(async (tx) => {
      await tx`select from feed.article where slug = ${slug} for update`
      void via(steady)
        .post(`/api/articles/${slug}/favorite`, { token })
        .catch(() => {})
      await until('the write waits', async () => (await waiting()).length > 0)
      feedLine.cut()
    }),
  )
  const written = () =>
    administer(
      stack.database.adminUrl,
      (sql) => sql`select from feed.favorite where article_id = ${data.article(1).id}`,
    )
  await until('it is committed', async () => (await written()).length === 1)
  await doomed.kill()
  // Nobody has said so: what is kept is fresh as far as anybody knows.
  expect((await read(steady)).favorites).toBe(0)
  await stack.startService('feed')
  await until('it is learned of', async () => (await read(steady)).favorites === 1)
}, 60_000)

test('what is written while a gateway has lost NATS is not shown as it was once it is back', async () => {
  const { token } = await registerPerson(via(steady), 'second')
  await keep(shaky, 1)
  gatewayLine.cut()
  await until('it knows that it may miss something', async () => (await read(shaky)).cache === 'stale')
  await via(steady).post(`/api/articles/${slug}/favorite`, { token })
  expect(await read(shaky)).toEqual({ status: 200, favorites: 1, cache: 'stale' })
  gatewayLine.mend()
  await until('it hears again', () => shaky.caches.hears)
  expect((await read(shaky)).favorites).toBe(2)
}, 60_000)
