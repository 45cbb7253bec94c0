import type { ArticlePosition } from '@fastpath/contracts'
import { administer } from '@fastpath/testing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { callBy, openTestFeed, type TestFeed } from './test-feed.js'

const articles = 5_000
const users = 600
const authorOf = (articleId: number) => 1 + ((articleId * 7) % users)
let opened: TestFeed
beforeAll(async () => {
  opened = await openTestFeed()
  await administer(
    opened.url,
    (sql) => sql`
    insert into article (id, slug, title, description, body, author_id, created_at)
    select i, 'article-' || i, 'title', 'description', 'body', 1 + (i * 7) % ${users}::integer,
      timestamptz '2024-01-01' + i * interval '1 minute'
    from generate_series(1, ${articles}::integer) as i`,
  )
}, 60_000)
afterAll(() => opened?.close())

const authors = (count: number) => Array.from({ length: count }, (_, i) => 1 + Math.floor((i * users) / count))
/** The ids of these authors' articles, newest first. */
const expectedOf = (authorIds: readonly number[]) => {
  const wanted = new Set(authorIds)
  return Array.from({ length: articles }, (_, i) => articles - i).filter((id) => wanted.has(authorOf(id)))
}

test.each([[1], [10], [300], [600]])(
  'of %i authors: newest first, by offset as by cursor, with the count of all, a statement a page',
  async (followed) => {
    const authorIds = authors(followed)
    const expected = expectedOf(authorIds)
    const { listFollowedArticles } = opened.feed
    let after: ArticlePosition | undefined
    for (const offset of [0, 20, 40].filter((start) => start < expected.length)) {
      const call = callBy(1)
      const byOffset = await listFollowedArticles(call, { authorIds, limit: 20, offset })
      expect([byOffset.count, byOffset.articles.map(({ id }) => id)]).toEqual([
        expected.length,
        expected.slice(offset, offset + 20),
      ])
      expect(call.trace.countOf('statement')).toBe(1)
      expect(
        await listFollowedArticles(callBy(1), { authorIds, limit: 20, offset: 0, ...(after && { after }) }),
      ).toEqual(byOffset)
      after = byOffset.next
    }
  },
)

test('pages that end before the limit, or lie past the end', async () => {
  const authorIds = authors(300)
  const expected = expectedOf(authorIds)
  const { listFollowedArticles } = opened.feed
  const last = await listFollowedArticles(callBy(1), { authorIds, limit: 7, offset: expected.length - 7 })
  expect(last.articles.map(({ id }) => id)).toEqual(expected.slice(-7))
  expect(last).not.toHaveProperty('next')
  expect(await listFollowedArticles(callBy(1), { authorIds, limit: 7, offset: 9_999 })).toEqual({
    articles: [],
    count: expected.length,
  })
})

test('who follows nobody has an empty page, without a statement; an author twice is one', async () => {
  const { listFollowedArticles } = opened.feed
  const call = callBy(1)
  expect(await listFollowedArticles(call, { authorIds: [], limit: 20, offset: 0 })).toEqual({ articles: [], count: 0 })
  expect(call.trace.countOf('statement')).toBe(0)
  expect(await listFollowedArticles(callBy(1), { authorIds: [3, 3], limit: 20, offset: 0 })).toEqual(
    await listFollowedArticles(callBy(1), { authorIds: [3], limit: 20, offset: 0 }),
  )
})

test('of many authors who have not written for long, the newest are found all the same', async () => {
  const authorIds = Array.from({ length: 300 }, (_, i) => 301 + i)
  const expected = expectedOf(authorIds)
  await administer(
    opened.url,
    (sql) => sql`update article set created_at = created_at - interval '9 years' where author_id > 300`,
  )
  const page = await opened.feed.listFollowedArticles(callBy(1), { authorIds, limit: 50, offset: 10 })
  expect([page.count, page.articles.map(({ id }) => id)]).toEqual([expected.length, expected.slice(10, 60)])
})
