import { createDataset, loadDataset } from '@fastpath/fixtures'
import { createConduitClient, registerPerson } from '@fastpath/testing'
import { parseServerTiming } from '@fastpath/timing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startTestStack, type TestGateway, type TestStack } from '../test-stack.js'

const data = createDataset({ users: 20, articles: 230, tagsPerArticle: 3, favorites: 200, comments: 0, follows: 40 })
const author = data.user(4).username
const slug = data.article(17).slug

let stack: TestStack
let gateway: TestGateway
beforeAll(async () => {
  stack = await startTestStack({ fill: ({ urls }) => loadDataset(urls, data) })
  gateway = await stack.startGateway({ env: { CACHE_BYTES: '16000000', WARM_TIMEOUT_MS: '0' } })
})
afterAll(() => stack?.close())

const client = createConduitClient(() => gateway.url)
const get = async (path: string, token?: string) => {
  const answer = await client.get(path, token === undefined ? {} : { token })
  const cache = parseServerTiming(answer.headers.get('server-timing') ?? '').find(({ name }) => name === 'cache')?.desc
  const calls = gateway.calls.at(-1)?.call.trace.counts('operation')
  return { ...answer, cache, calls }
}

test.each([
  ['/api/articles'],
  ['/api/articles?limit=100&offset=100'],
  [`/api/articles?author=${author}&tag=latency`],
  [`/api/articles?favorited=${author}`],
  [`/api/articles/${slug}`],
  [`/api/profiles/${author}`],
  ['/api/tags'],
])('%s asks nobody the second time, says so, and is the same', async (path) => {
  const first = await get(path)
  const second = await get(path)
  expect([first.status, second.cache, second.calls]).toEqual([200, 'hit', {}])
  expect(first.cache).toBe('miss')
  expect(second.body).toEqual(first.body)
})

test('profiles of one page serve the next: only the page is asked for', async () => {
  await get('/api/articles?limit=100')
  expect((await get('/api/articles?limit=50')).calls).toEqual({ 'feed.listArticles': 1 })
})

test('deep pages are not kept', async () => {
  const deep = '/api/articles?offset=200&limit=10'
  await get(deep)
  expect((await get(deep)).calls).toMatchObject({ 'feed.listArticles': 1 })
})

test('what depends on the reader is asked for each time, and never seen by another', async () => {
  const person = await registerPerson(client)
  await client.post(`/api/articles/${slug}/favorite`, { token: person.token })
  await client.post(`/api/profiles/${data.user(data.article(17).authorId).username}/follow`, { token: person.token })
  for (const token of [undefined, person.token, undefined, person.token]) {
    const { body, calls } = await get(`/api/articles/${slug}`, token)
    expect([body.article.favorited, body.article.author.following]).toEqual([token !== undefined, token !== undefined])
    if (token) expect(calls).toMatchObject({ 'feed.getFavorites': 1, 'user.getFollows': 1 })
  }
})

test('that there is none is kept too, until there is one', async () => {
  await get('/api/articles/none')
  const again = await get('/api/articles/none')
  expect([again.status, again.body, again.cache]).toEqual([404, { errors: { article: ['not found'] } }, 'hit'])
  const name = `new-${Date.now().toString(36)}`
  expect((await get(`/api/profiles/${name}`)).status).toBe(404)
  const user = { username: name, email: `${name}@example.com`, password: 'correct horse' }
  await client.post('/api/users', { json: { user } })
  expect((await get(`/api/profiles/${name.toUpperCase()}`)).status).toBe(200)
  expect((await get(`/api/profiles/${name}`)).status).toBe(200)
})

test('whom a reader follows is kept for that reader, until it changes', async () => {
  const [one, other] = await Promise.all([registerPerson(client, 'one'), registerPerson(client, 'other')])
  const follow = (token: string) => client.post(`/api/profiles/${author}/follow`, { token })
  const countOf = async (token: string) => (await get('/api/articles/feed', token)).body.articlesCount
  await follow(one.token)
  expect([(await countOf(one.token)) > 0, await countOf(other.token)]).toEqual([true, 0])
  expect((await get('/api/articles/feed', one.token)).calls).toEqual({
    'feed.listFollowedArticles': 1,
    'feed.getFavorites': 1,
  })
  await client.del(`/api/profiles/${author}/follow`, { token: one.token })
  expect(await countOf(one.token)).toBe(0)
})

test('HEAD of an article that is kept asks nobody', async () => {
  await get(`/api/articles/${slug}`)
  const asked = gateway.calls.length
  expect((await fetch(`${gateway.url}/api/articles/${slug}`, { method: 'HEAD' })).status).toBe(200)
  expect(gateway.calls[asked]?.call.trace.countOf('operation')).toBe(0)
})
