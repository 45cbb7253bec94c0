import { createDataset, loadDataset } from '@fastpath/fixtures'
import { parseServerTiming } from '@fastpath/timing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startTestStack, type TestStack } from '../test-stack.js'

const data = createDataset({ users: 20, articles: 230, tagsPerArticle: 3, favorites: 600, comments: 50, follows: 40 })
const newestFirst = Array.from({ length: data.size.articles }, (_, i) => data.article(data.size.articles - i))

let stack: TestStack
beforeAll(async () => {
  stack = await startTestStack({
    fill: ({ urls }) => loadDataset(urls, data),
  })
})
afterAll(() => stack?.close())

interface Page {
  articles: { slug: string; tagList: string[]; author: { username: string } }[]
  articlesCount: number
}

const get = async (path: string) => {
  const res = await fetch(stack.url + path)
  const text = await res.text()
  return { status: res.status, headers: res.headers, body: text ? JSON.parse(text) : undefined }
}
const lastTrace = () => {
  const { call } = stack.calls.at(-1) ?? {}
  if (!call) throw new Error('no answer was seen')
  return call.trace
}
const slugs = (page: Page) => page.articles.map(({ slug }) => slug)
const nextPath = (headers: Headers) => /^<(.+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1]

test('the newest articles come first, twenty of them, with tags and authors and without bodies', async () => {
  const { status, headers, body } = await get('/api/articles')
  expect(status).toBe(200)
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
  expect(slugs(body)).toEqual(newestFirst.slice(0, 20).map(({ slug }) => slug))
  expect(body.articlesCount).toBe(230)
  const [article] = newestFirst
  const author = data.user(article?.authorId ?? 0)
  expect(body.articles[0]).toEqual({
    slug: article?.slug,
    title: article?.title,
    description: article?.description,
    tagList: article?.tags,
    createdAt: article?.createdAt.toISOString(),
    updatedAt: article?.createdAt.toISOString(),
    favorited: false,
    favoritesCount: 2,
    author: { username: author.username, bio: author.bio, image: author.image, following: false },
  })
})

test('a page of 100 costs as many statements and calls as a page of 1', async () => {
  const traceOf = async (path: string) => {
    await get(path)
    return lastTrace()
  }
  const name = data.user(3).username
  const filter = `author=${name}&favorited=${name}&tag=latency`
  for (const limit of [1, 100]) {
    expect(await traceOf(`/api/articles?limit=${limit}`)).toStayWithin({ queries: 2, calls: 2 })
    expect(await traceOf(`/api/articles?limit=${limit}&author=${name}`)).toStayWithin({ queries: 3, calls: 3 })
    // No article may be left, and then there is no author to ask for: the page's count takes that place.
    expect(await traceOf(`/api/articles?limit=${limit}&${filter}`)).toStayWithin({ queries: 3, calls: 3 })
  }
})

const favored = new Map<number, Set<number>>()
for (let n = 0; n < data.size.favorites; n++) {
  const { userId, articleId } = data.favorite(n)
  favored.set(userId, (favored.get(userId) ?? new Set()).add(articleId))
}
const tagged = (tag: string) => newestFirst.filter(({ tags }) => tags.includes(tag))
const written = (id: number) => newestFirst.filter(({ authorId }) => authorId === id)
const liked = (id: number) => newestFirst.filter((article) => favored.get(id)?.has(article.id))
const [four, five] = [data.user(4).username, data.user(5).username]

test.each([
  ['a tag', 'tag=caching', tagged('caching')],
  ['an author', `author=${four}`, written(4)],
  ['an author in another case', `author=${four.toUpperCase()}`, written(4)],
  ['favourites', `favorited=${five}`, liked(5)],
  ['a tag of an author', `tag=latency&author=${four}`, tagged('latency').filter(({ authorId }) => authorId === 4)],
  ['a tag among favourites', `tag=latency&favorited=${five}`, liked(5).filter(({ tags }) => tags.includes('latency'))],
  ['favourites of an author', `author=${four}&favorited=${five}`, liked(5).filter(({ authorId }) => authorId === 4)],
  [
    'all three',
    `author=${four}&favorited=${five}&tag=latency`,
    liked(5).filter(({ authorId, tags }) => authorId === 4 && tags.includes('latency')),
  ],
  ['an unknown tag', 'tag=no-such-tag', []],
  ['an unknown author', 'author=nobody', []],
  ['an unknown reader', `author=${four}&favorited=nobody`, []],
])('filtered by %s', async (_, query, expected) => {
  const { status, body } = await get(`/api/articles?limit=100&${query}`)
  expect(status).toBe(200)
  expect(slugs(body)).toEqual(expected.slice(0, 100).map(({ slug }) => slug))
  expect(body.articlesCount).toBe(expected.length)
})

test('offset and limit cut out their part; a limit above 100 is taken as 100', async () => {
  const { body } = await get('/api/articles?offset=7&limit=6')
  expect(slugs(body)).toEqual(newestFirst.slice(7, 13).map(({ slug }) => slug))
  expect(slugs((await get('/api/articles?limit=1000')).body)).toHaveLength(100)
  expect((await get('/api/articles?offset=5000')).body).toEqual({ articles: [], articlesCount: 230 })
})

test.each(['', 'tag=latency', `author=${four}`, `favorited=${five}`, `tag=latency&favorited=${five}`])(
  'the next links of "%s" lead through every article once',
  async (query) => {
    const seen: string[] = []
    let path: string | undefined = `/api/articles?limit=7&${query}`
    for (let pages = 0; path && pages < 60; pages++) {
      const { body, headers }: { body: Page; headers: Headers } = await get(path)
      seen.push(...slugs(body))
      path = nextPath(headers)
    }
    expect(seen).toEqual(slugs((await get(`/api/articles?limit=100&${query}`)).body).concat(seen.slice(100)))
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen).toHaveLength((await get(`/api/articles?limit=1&${query}`)).body.articlesCount)
  },
)

test.each([
  ['limit=abc', { limit: ['must be a whole number'] }],
  ['limit=0', { limit: ['must be at least 1'] }],
  ['limit=', { limit: ['must be a whole number'] }],
  ['limit=1&limit=2', { limit: ['must be a whole number'] }],
  ['offset=-1', { offset: ['must be at least 0'] }],
  ['offset=1e30', { offset: ['must be at most 2147483647'] }],
  ['cursor=junk', { cursor: ['is invalid'] }],
  ['cursor=zzzzzzzzz-zzzzzz', { cursor: ['is invalid'] }],
  ['tag=a%00b', { tag: ['is invalid'] }],
  ['limit=x&offset=y', { limit: ['must be a whole number'], offset: ['must be a whole number'] }],
])('%s is refused, in the form of the API', async (query, errors) => {
  const { status, body } = await get(`/api/articles?${query}`)
  expect([status, body]).toEqual([422, { errors }])
})

test('one article comes with its body', async () => {
  const article = data.article(17)
  const { status, body } = await get(`/api/articles/${article.slug}`)
  expect(status).toBe(200)
  expect(body.article).toMatchObject({ slug: article.slug, body: article.body, author: { following: false } })
})

test('HEAD tells whether there is an article, by one statement and one call, without a body', async () => {
  const head = async (slug: string) => {
    const res = await fetch(`${stack.url}/api/articles/${slug}`, { method: 'HEAD' })
    return [res.status, await res.text()]
  }
  expect(await head(data.article(17).slug)).toEqual([200, ''])
  const trace = lastTrace()
  expect(trace.counts('statement')).toEqual({ article_exists_by_slug: 1 })
  expect(trace.counts('operation')).toEqual({ 'feed.articleExists': 1 })
  expect(await head('no-such-article')).toEqual([404, ''])
})

test.each([
  ['/api/articles/no-such-article', { article: ['not found'] }],
  ['/api/profiles/nobody', { profile: ['not found'] }],
  ['/api/nonsense', { path: ['not found'] }],
  ['/assets', { path: ['not found'] }],
])('%s is not found', async (path, errors) => {
  const { status, body } = await get(path)
  expect([status, body]).toEqual([404, { errors }])
})

test.each([
  ['/api/articles/%E0%A4%A', 400, { request: ['is malformed'] }],
  ['/api/articles/a%00b', 422, { slug: ['is invalid'] }],
  [`/api/articles/${'x'.repeat(300)}`, 422, { slug: ['is too long (maximum is 255 characters)'] }],
])('%s is the mistake of the client', async (path, expected, errors) => {
  const { status, body } = await get(path)
  expect([status, body]).toEqual([expected, { errors }])
})

test('a profile, and the most used tags first', async () => {
  const { username, bio, image } = data.user(4)
  expect((await get(`/api/profiles/${username}`)).body).toEqual({ profile: { username, bio, image, following: false } })
  const { tags } = (await get('/api/tags')).body
  const uses = tags.map((tag: string) => tagged(tag).length)
  expect(uses).toEqual(uses.toSorted((a: number, b: number) => b - a))
  expect(uses[0]).toBeGreaterThan(0)
})

test('every answer says where its time went, errors too, and no part is above the total', async () => {
  for (const path of [
    '/api/articles',
    '/api/articles/no-such-article',
    '/api/articles?limit=0',
    '/api/nonsense',
    '/openapi.json',
  ]) {
    const { headers } = await get(path)
    const entries = parseServerTiming(headers.get('server-timing') ?? '')
    const total = entries.find(({ name }) => name === 'total')?.durMs ?? -1
    expect(entries.map(({ name }) => name).slice(0, 3)).toEqual(['total', 'db', 'serialize'])
    for (const { durMs } of entries) expect(durMs).toBeLessThanOrEqual(total + 0.01)
  }
  const { headers } = await get('/api/articles')
  expect(parseServerTiming(headers.get('server-timing') ?? '').map(({ name }) => name)).toEqual([
    'total',
    'db',
    'serialize',
    'feed',
    'feed.db',
    'user',
    'user.db',
  ])
})

test('a trace that came with the request goes on with it', async () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c'
  await fetch(`${stack.url}/api/tags`, { headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` } })
  expect(stack.calls.at(-1)?.call.trace.context.traceId).toBe(traceId)
})

test('the document lists every path that is answered', async () => {
  const { paths } = (await get('/openapi.json')).body
  expect(Object.keys(paths)).toEqual(
    expect.arrayContaining(['/api/articles', '/api/articles/{slug}', '/api/tags', '/api/profiles/{username}']),
  )
})
