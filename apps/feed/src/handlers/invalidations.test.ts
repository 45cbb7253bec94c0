import { cacheTags } from '@fastpath/contracts'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { callBy, openTestFeed, type TestFeed } from './test-feed.js'

let opened: TestFeed
beforeAll(async () => {
  opened = await openTestFeed()
})
afterAll(() => opened?.close())

const { article, slug, commentsOf, allArticles, articlesBy, articlesTagged, favoritesOf, deletions, popularTags } =
  cacheTags

const create = (tags: string[]) =>
  opened.feed.createArticle(callBy(1), { title: 'On caches', description: 'd', body: 'b', tags })

/** What caches are told by a write. */
const toldBy = async (write: () => unknown): Promise<string[]> => {
  opened.invalidated.length = 0
  await write()
  expect(opened.invalidated).toHaveLength(1)
  return [...(opened.invalidated[0] ?? [])].sort()
}

test('a new article is told to the lists that it enters, and to who knows that its slug is unknown', async () => {
  let made = { slug: '' }
  const told = await toldBy(async () => {
    made = await create(['a', 'b'])
  })
  const lists = [allArticles, articlesBy(1), articlesTagged('a'), articlesTagged('b')]
  expect(told).toEqual([slug(made.slug), popularTags, ...lists].sort())
})

test('a new title is told by the article, its new slug and its old comments, and moves it in no list', async () => {
  const { id, slug: old } = await create(['a'])
  const told = await toldBy(() => opened.feed.updateArticle(callBy(1), { slug: old, title: 'Anew' }))
  expect(told).toEqual([article(id), slug(`anew-${id}`), commentsOf(old)].sort())
})

test('new tags are told to the lists that it leaves and enters, and not to those that it stays in', async () => {
  const made = await create(['left', 'stays'])
  const told = await toldBy(() => opened.feed.updateArticle(callBy(1), { slug: made.slug, tags: ['stays', 'entered'] }))
  const lists = [articlesTagged('left'), articlesTagged('entered')]
  expect(told).toEqual([article(made.id), slug(made.slug), popularTags, ...lists].sort())
})

test('a deleted article is told to its lists, and to whoever lists favourites', async () => {
  const made = await create(['a'])
  const told = await toldBy(() => opened.feed.deleteArticle(callBy(1), { slug: made.slug }))
  const lists = [allArticles, articlesBy(1), articlesTagged('a'), deletions]
  expect(told).toEqual([article(made.id), commentsOf(made.slug), popularTags, ...lists].sort())
})

test.each(['favoriteArticle', 'unfavoriteArticle'] as const)(
  '%s tells of the article and of the list',
  async (name) => {
    const made = await create([])
    if (name === 'unfavoriteArticle') await opened.feed.favoriteArticle(callBy(2), { slug: made.slug })
    const told = await toldBy(() => opened.feed[name](callBy(2), { slug: made.slug }))
    expect(told).toEqual([article(made.id), favoritesOf(2)].sort())
  },
)

test('what was refused tells of nothing', async () => {
  const made = await create([])
  opened.invalidated.length = 0
  const { feed } = opened
  await expect(feed.deleteArticle(callBy(2), { slug: made.slug })).rejects.toMatchObject({ code: 'FORBIDDEN' })
  await expect(feed.favoriteArticle(callBy(2), { slug: 'none' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  expect(opened.invalidated).toEqual([])
})
