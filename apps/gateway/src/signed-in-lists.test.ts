import { createDataset, demoPassword, loadDataset } from '@fastpath/fixtures'
import { formatPrometheus } from '@fastpath/timing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startTestStack, type TestGateway, type TestStack } from './test-stack.js'

const data = createDataset({ users: 20, articles: 60, tagsPerArticle: 3, favorites: 200, comments: 0, follows: 80 })

let stack: TestStack
let keepsNone: TestGateway
let tokens: string[]
beforeAll(async () => {
  stack = await startTestStack({ fill: ({ urls }) => loadDataset(urls, data) })
  keepsNone = await stack.startGateway({ env: { FRAGMENT_BYTES: '0' } })
  tokens = await Promise.all([3, 4].map(logIn))
}, 60_000)
afterAll(() => stack?.close())

const logIn = async (id: number): Promise<string> => {
  const body = JSON.stringify({ user: { email: data.user(id).email, password: demoPassword } })
  const headers = { 'content-type': 'application/json' }
  const res = await fetch(`${stack.url}/api/users/login`, { method: 'POST', headers, body })
  return ((await res.json()) as { user: { token: string } }).user.token
}

const ask = async (url: string, token?: string, method = 'GET'): Promise<string> => {
  const res = await fetch(url, { method, headers: token ? { authorization: `Token ${token}` } : {} })
  const text = await res.text()
  expect([res.status, text]).toEqual([200, text])
  return text
}
const kept = () =>
  Number(/^fastpath_cache_hits_total\{cache="fragments".*\} (\d+)$/m.exec(formatPrometheus(stack.metrics))?.[1])

test.each(['/api/articles', '/api/articles?limit=40&offset=3', '/api/articles/feed', '/api/articles?author=nobody'])(
  '%s is to the byte what is written whole, for every reader',
  async (path) => {
    const seen = new Set<string>()
    const readers = path.endsWith('feed') ? tokens : [...tokens, undefined]
    for (let i = 0; i < 2; i++) {
      for (const token of readers) {
        const text = await ask(stack.url + path, token)
        expect(text).toBe(await ask(keepsNone.url + path, token))
        seen.add(text)
      }
    }
    expect(seen.size).toBe(path.endsWith('nobody') ? 1 : readers.length)
  },
)

test('a reader’s own favourite and follow are seen at once, by others the count alone, with no text written anew', async () => {
  const [own, other] = tokens
  const first = async (token?: string) => JSON.parse(await ask(`${stack.url}/api/articles?limit=60`, token)).articles
  const stranger = (await first(own)).find(
    (one: { favorited: boolean; author: { following: boolean; username: string } }) =>
      !one.favorited && !one.author.following && one.author.username !== data.user(3).username,
  )
  const seen = async (token?: string) => {
    const found = (await first(token)).find(({ slug }: { slug: string }) => slug === stranger.slug)
    return { favorited: found.favorited, count: found.favoritesCount, following: found.author.following }
  }
  const before = { own: await seen(own), other: await seen(other), nobody: await seen() }
  const hits = kept()
  await ask(`${stack.url}/api/articles/${stranger.slug}/favorite`, own, 'POST')
  await ask(`${stack.url}/api/profiles/${encodeURIComponent(stranger.author.username)}/follow`, own, 'POST')

  expect(await seen(own)).toEqual({ favorited: true, following: true, count: before.own.count + 1 })
  expect(await seen(other)).toEqual({ ...before.other, count: before.own.count + 1 })
  expect(await seen()).toEqual({ ...before.nobody, count: before.own.count + 1 })
  expect(kept() - hits).toBe(3 * data.size.articles)
})

test('a signed-in page costs a call for each kind of thing, however long it is', async () => {
  await ask(`${stack.url}/api/articles?limit=40`, tokens[0])
  const trace = stack.calls.at(-1)?.call.trace
  expect(trace).toHaveNoNPlusOne()
  expect(trace?.counts('operation')).toEqual({
    'feed.listArticles': 1,
    'feed.getFavorites': 1,
    'user.getProfiles': 1,
    'user.getFollows': 1,
  })
})
