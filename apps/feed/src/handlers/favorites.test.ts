import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { callBy, openTestFeed, type TestFeed, wrongCounts } from './test-feed.js'

let opened: TestFeed
beforeAll(async () => {
  opened = await openTestFeed({ users: 50, articles: 20, favorites: 0 })
})
afterAll(() => opened?.close())
const slugOf = (id: number) => opened.data.article(id).slug

test('a favourite counts once, however often it is set or taken back', async () => {
  const { favoriteArticle, unfavoriteArticle, getArticle } = opened.feed
  const counts: number[] = []
  for (const change of [favoriteArticle, favoriteArticle, unfavoriteArticle, unfavoriteArticle, favoriteArticle]) {
    const changed = await change(callBy(7), { slug: slugOf(1) })
    expect(changed).toEqual(await getArticle(callBy(), { slug: slugOf(1) }))
    counts.push(changed.favoritesCount)
  }
  expect(counts).toEqual([1, 1, 0, 0, 1])
  const listed = await opened.feed.listArticles(callBy(), { favoritedById: 7, limit: 5, offset: 0 })
  expect([listed.count, listed.articles.map(({ id }) => id)]).toEqual([1, [1]])
})

test('to favourite is one statement and its event; once more is one statement', async () => {
  for (const statements of [2, 1]) {
    const call = callBy(8)
    await opened.feed.favoriteArticle(call, { slug: slugOf(2) })
    expect(call.trace.countOf('statement')).toBe(statements)
  }
})

test('which of many articles are the viewer’s favourites is one statement; nobody has none', async () => {
  for (const id of [3, 5]) await opened.feed.favoriteArticle(callBy(9), { slug: slugOf(id) })
  await opened.feed.favoriteArticle(callBy(10), { slug: slugOf(4) })
  const call = callBy(9)
  const { articleIds } = await opened.feed.getFavorites(call, { articleIds: [1, 2, 3, 4, 5, 6, 999] })
  expect(articleIds.toSorted()).toEqual([3, 5])
  expect(call.trace.countOf('statement')).toBe(1)
  expect(await opened.feed.getFavorites(callBy(), { articleIds: [3] })).toEqual({ articleIds: [] })
  expect(await opened.feed.getFavorites(callBy(9), { articleIds: [] })).toEqual({ articleIds: [] })
})

test('a missing token is told before an unknown slug', async () => {
  for (const change of [opened.feed.favoriteArticle, opened.feed.unfavoriteArticle]) {
    await expect(change(callBy(), { slug: 'none' })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    await expect(change(callBy(1), { slug: 'none' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      fields: { article: ['not found'] },
    })
  }
})

test('a thousand simultaneous favourites and unfavourites of fifty users: no error, and the counts are right', async () => {
  const { favoriteArticle, unfavoriteArticle } = opened.feed
  const changes = Array.from({ length: 1_000 }, (_, n) => {
    const change = (n * 31) % 3 === 0 ? unfavoriteArticle : favoriteArticle
    return change(callBy(1 + (n % 50)), { slug: slugOf(1 + ((n * 7 + Math.floor(n / 50)) % 5)) })
  })
  const outcomes = await Promise.allSettled(changes)
  expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([])
  expect(await wrongCounts(opened.url)).toEqual([])
}, 60_000)
