import { createDataset, loadDataset } from '@fastpath/fixtures'
import { administer, createConduitClient, type Person, registerPerson } from '@fastpath/testing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startTestStack, type TestStack } from './test-stack.js'

const data = createDataset({ users: 20, articles: 120, tagsPerArticle: 2, favorites: 0, comments: 0, follows: 0 })
const [short, long] = [data.article(1).slug, data.article(2).slug]

let stack: TestStack
let reader: Person
beforeAll(async () => {
  stack = await startTestStack({ fill: ({ urls }) => loadDataset(urls, data) })
  reader = await registerPerson(client)
  await administer(stack.database.adminUrl, async (sql) => {
    const [{ id } = { id: 0 }] = await sql<{ id: number }[]>`
      select id from "user".account where username = ${reader.username}`
    await sql`insert into "user".follow (follower_id, followee_id) select ${id}, id from "user".account where id <= 20`
    await sql`insert into feed.comment (article_id, author_id, body) values (1, 1, 'Alone')`
    await sql`
      insert into feed.comment (article_id, author_id, body) select 2, 1 + n % 20, 'One of many' from generate_series(1, 100) n`
  })
})
afterAll(() => stack?.close())
const client = createConduitClient(() => stack.url)

/** What an answer to the reader took, and how many there are in it. */
const ask = async (path: string) => {
  const from = stack.calls.length
  const { status, body } = await client.get(path, { token: reader.token })
  expect(status).toBe(200)
  const trace = stack.calls[from]?.call.trace
  return { trace, count: (body.articles ?? body.comments).length as number }
}

test.each([
  // The list, its authors, which of them are followed, which articles are favourites; before all of it, whose token it is.
  ['lists', '/api/articles?limit=1', '/api/articles?limit=100', { queries: 5, calls: 5 }],
  [
    'lists of a tag',
    '/api/articles?tag=latency&limit=1',
    '/api/articles?tag=latency&limit=100',
    { queries: 5, calls: 5 },
  ],
  // Whom the reader follows, then the page, its authors and the favourites among it.
  ['the personal feed', '/api/articles/feed?limit=1', '/api/articles/feed?limit=100', { queries: 5, calls: 5 }],
  ['comments', `/api/articles/${short}/comments`, `/api/articles/${long}/comments`, { queries: 5, calls: 4 }],
])(
  '%s take a signed-in reader as many statements and calls for a hundred as for one',
  async (_, one, hundred, budget) => {
    const [first, last] = [await ask(one), await ask(hundred)]
    expect(first.count).toBe(1)
    expect(last.count).toBeGreaterThan(20)
    for (const { trace } of [first, last]) expect(trace).toStayWithin(budget)
    const again = [await ask(one), await ask(hundred)]
    // The token is known by now: nothing but the length differs.
    const [less, more] = again.map(({ trace }) => [trace?.countOf('statement'), trace?.countOf('operation')])
    expect(more).toEqual(less)
  },
)
