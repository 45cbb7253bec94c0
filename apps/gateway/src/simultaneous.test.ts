import { createDataset, loadDataset } from '@fastpath/fixtures'
import { administer, createConduitClient, registerPerson } from '@fastpath/testing'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { startTestStack, type TestStack } from './test-stack.js'

const data = createDataset({ users: 2, articles: 20, tagsPerArticle: 1, favorites: 0, comments: 0, follows: 0 })

// The first burst meets services that have just started.
jest.retryTimes(2)

/** As many as even a busy machine answers within the deadline of an operation: more are refused, as they should be. */
const inFlight = 200

let stack: TestStack
beforeAll(async () => {
  stack = await startTestStack({ fill: ({ urls }) => loadDataset(urls, data) })
})
afterAll(() => stack?.close())
const client = createConduitClient(() => stack.url)

const countsOf = (statuses: readonly number[]): Record<number, number> => {
  const counts: Record<number, number> = {}
  for (const status of statuses) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

test('two hundred simultaneous articles of one title are all written, each with its own slug', async () => {
  const { token } = await registerPerson(client)
  const article = { title: 'The same', description: 'About it', body: 'All of it', tagList: ['one', 'two'] }
  const answers = await Promise.all(
    Array.from({ length: inFlight }, () => client.post('/api/articles', { token, json: { article } })),
  )
  expect(countsOf(answers.map(({ status }) => status))).toEqual({ 201: 200 })
  expect(new Set(answers.map(({ body }) => body.article.slug)).size).toBe(200)
}, 30_000)

test('of fifty simultaneous registrations of one email one is made, the others are told of a conflict', async () => {
  const email = `racer-${Date.now()}@example.com`
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, i) => {
      const user = { username: `racer ${i} ${Date.now()}`, email, password: 'correct horse' }
      return client.post('/api/users', { json: { user } })
    }),
  )
  expect(countsOf(answers.map(({ status }) => status))).toEqual({ 201: 1, 409: 49 })
  for (const { status, body } of answers) {
    if (status === 409) expect(body).toEqual({ errors: { email: ['has already been taken'] } })
  }
}, 30_000)

test('a thousand favourites and unfavourites of fifty users at once: no error, and every count is right', async () => {
  const people = await Promise.all(Array.from({ length: 50 }, (_, i) => registerPerson(client, `fan-${i}`)))
  const slugs = Array.from({ length: data.size.articles }, (_, i) => data.article(1 + i).slug)
  const answers: Awaited<ReturnType<typeof client.ask>>[] = []
  const send = async (from: number) => {
    for (let n = from; n < 1_000; n += inFlight) {
      const path = `/api/articles/${slugs[(n * 7 + Math.floor(n / 50)) % slugs.length]}/favorite`
      answers.push(await client.ask(n % 3 === 0 ? 'DELETE' : 'POST', path, { token: people[n % 50]?.token }))
    }
  }
  await Promise.all(Array.from({ length: inFlight }, (_, from) => send(from)))
  expect(answers).toHaveLength(1_000)
  expect(answers.filter(({ status }) => status !== 200).map(({ body }) => body)).toEqual([])

  const rows = await administer(
    stack.database.adminUrl,
    (sql) => sql<{ slug: string; counted: number }[]>`
      select slug, (select count(*)::integer from feed.favorite where article_id = article.id) as counted
      from feed.article`,
  )
  const counted = new Map(rows.map(({ slug, counted }) => [slug, counted]))
  const shown = await Promise.all(slugs.map((slug) => client.get(`/api/articles/${slug}`)))
  expect(shown.map(({ body }) => body.article.favoritesCount)).toEqual(slugs.map((slug) => counted.get(slug)))
  for (const { username } of people.slice(0, 3)) {
    const { body } = await client.get(`/api/articles?limit=100&favorited=${username}`)
    expect(body.articlesCount).toBe(body.articles.length)
  }
}, 60_000)
