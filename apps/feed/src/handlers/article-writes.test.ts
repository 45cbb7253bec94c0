import { administer } from '@fastpath/testing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { callBy, openTestFeed, type TestFeed, wrongCounts } from './test-feed.js'

let opened: TestFeed
beforeAll(async () => {
  opened = await openTestFeed()
})
afterAll(() => opened?.close())

const text = { title: 'Über uns', description: 'what', body: 'why', tags: [] as string[] }
const write = (by: number, changes: Partial<typeof text> = {}) =>
  opened.feed.createArticle(callBy(by), { ...text, ...changes })
const listedTags = async () => (await opened.feed.listTags(callBy(), {})).tags

test('a new article is the viewer’s, with a readable slug and its tags once each, trimmed, in alphabetical order', async () => {
  const written = await write(3, { tags: [' zebra', 'ant', '', 'zebra ', '  ', 'ant'] })
  expect(written).toMatchObject({
    slug: `uber-uns-${written.id}`,
    title: 'Über uns',
    description: 'what',
    body: 'why',
    tags: ['ant', 'zebra'],
    authorId: 3,
    favoritesCount: 0,
    version: 1,
    updatedAt: written.createdAt,
  })
  expect(await opened.feed.getArticle(callBy(), { slug: written.slug })).toEqual(written)
  expect(await opened.feed.listArticles(callBy(), { tag: 'ant', limit: 5, offset: 0 })).toMatchObject({ count: 1 })
})

test.each(['feed', 'Привет', '你好', '🎉', '?!'])(
  'the title %j gives a slug that is no route’s word',
  async (title) => {
    const { id, slug } = await write(1, { title })
    expect(slug).toMatch(/^[a-z0-9]+(-[a-z0-9]+)+$/)
    expect(await opened.feed.getArticle(callBy(), { slug })).toMatchObject({ id, title })
  },
)

test('two hundred simultaneous articles with one title and shared tags are all written, each under its own slug', async () => {
  const tags = (n: number) => ['shared', `one-of-seven-${n % 7}`, `new-${n % 20}`, `${99 - (n % 13)}`]
  const written = await Promise.all(
    Array.from({ length: 200 }, (_, n) => write(1 + (n % 5), { title: 'The same', tags: tags(n) })),
  )
  expect(new Set(written.map(({ slug }) => slug)).size).toBe(200)
  expect(await wrongCounts(opened.url)).toEqual([])
}, 60_000)

test('an update changes what is given and nothing else', async () => {
  const before = await write(2, { tags: ['b', 'a'] })
  await administer(opened.url, (sql) => sql`update article set updated_at = updated_at - interval '1 hour'`)
  const after = await opened.feed.updateArticle(callBy(2), { slug: before.slug, body: 'because' })
  expect(after).toEqual({ ...before, body: 'because', version: 2, updatedAt: expect.any(Number) })
  expect(after.updatedAt).toBeGreaterThanOrEqual(before.updatedAt)
})

test('a new title gives a new slug, and the old one is gone', async () => {
  const { id, slug } = await write(2)
  const renamed = await opened.feed.updateArticle(callBy(2), { slug, title: 'About them' })
  expect(renamed).toMatchObject({ id, slug: `about-them-${id}`, title: 'About them' })
  await expect(opened.feed.getArticle(callBy(), { slug })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  expect(await opened.feed.articleExists(callBy(), { slug: renamed.slug })).toEqual({ exists: true })
})

test('tags that are given replace those before; none removes them, and a tag of no article is listed no longer', async () => {
  const { slug } = await write(2, { tags: ['kept', 'dropped'] })
  const { updateArticle, listArticles } = opened.feed
  expect((await updateArticle(callBy(2), { slug, tags: ['new ', 'kept', 'new'] })).tags).toEqual(['kept', 'new'])
  const listed = await listedTags()
  expect(listed).toEqual(expect.arrayContaining(['kept', 'new']))
  expect(listed).not.toContain('dropped')
  expect((await listArticles(callBy(), { tag: 'new', limit: 5, offset: 0 })).articles).toMatchObject([{ slug }])
  expect((await updateArticle(callBy(2), { slug, tags: [] })).tags).toEqual([])
  expect(await listedTags()).not.toContain('kept')
  expect(await wrongCounts(opened.url)).toEqual([])
})

test('a deleted article takes its tags, favourites and comments with it, and the counts are right', async () => {
  const { id, slug } = await write(4, { tags: ['short-lived'] })
  for (const reader of [1, 2, 3]) {
    await opened.feed.favoriteArticle(callBy(reader), { slug })
    await opened.feed.addComment(callBy(reader), { slug, body: 'nice' })
  }
  expect(await opened.feed.deleteArticle(callBy(4), { slug })).toEqual({})
  expect(await opened.feed.articleExists(callBy(), { slug })).toEqual({ exists: false })
  expect(await listedTags()).not.toContain('short-lived')
  expect(await wrongCounts(opened.url)).toEqual([])
  const [left] = await administer(
    opened.url,
    (sql) => sql`
      select (select count(*) from comment where article_id = ${id})::integer as comments,
        (select count(*) from favorite where article_id = ${id})::integer as favorites`,
  )
  expect(left).toEqual({ comments: 0, favorites: 0 })
})

test('only its author changes or deletes an article; a missing token is told first, then an unknown slug', async () => {
  const { slug } = await write(1)
  const { createArticle, updateArticle, deleteArticle } = opened.feed
  const missing = { code: 'UNAUTHENTICATED', fields: { token: ['is missing'] } }
  const unknown = { code: 'NOT_FOUND', fields: { article: ['not found'] } }
  const forbidden = { code: 'FORBIDDEN', fields: { article: ['forbidden'] } }
  await expect(createArticle(callBy(), text)).rejects.toMatchObject(missing)
  for (const change of [updateArticle, deleteArticle]) {
    await expect(change(callBy(), { slug: 'none' })).rejects.toMatchObject(missing)
    await expect(change(callBy(2), { slug: 'none' })).rejects.toMatchObject(unknown)
    await expect(change(callBy(2), { slug })).rejects.toMatchObject(forbidden)
  }
  expect(await opened.feed.getArticle(callBy(), { slug })).toMatchObject({ version: 1 })
})

test('writers, readers who favourite and comment, and deletions, all at once, never wait for each other in a circle', async () => {
  const { updateArticle, deleteArticle, favoriteArticle, unfavoriteArticle, addComment } = opened.feed
  const pick = (n: number) => [`t${n % 6}`, `t${(n * 5 + 1) % 6}`, `t${(n * 3 + 2) % 6}`, `fresh-${n >> 2}`]
  const articles = await Promise.all(Array.from({ length: 12 }, (_, n) => write(1 + (n % 3), { tags: pick(n) })))
  const work = Array.from({ length: 400 }, (_, n) => {
    const { slug, authorId } = articles[(n * 7) % articles.length] as (typeof articles)[number]
    const reader = callBy(1 + (n % 5))
    return [
      () => updateArticle(callBy(authorId), { slug, tags: pick(n + 1) }),
      () => write(authorId, { tags: pick(n).reverse() }),
      () => favoriteArticle(reader, { slug }),
      () => unfavoriteArticle(reader, { slug }),
      () => addComment(reader, { slug, body: 'and another' }),
      () => (n > 200 && n % 12 === 5 ? deleteArticle(callBy(authorId), { slug }) : favoriteArticle(reader, { slug })),
    ][n % 6] as () => Promise<unknown>
  })
  const failures = (await Promise.allSettled(work.map((begin) => begin())))
    .filter((outcome) => outcome.status === 'rejected')
    .map(({ reason }) => reason.code ?? reason)
  // Of an article that is deleted already, and nothing else.
  expect(new Set(failures)).toEqual(new Set(['NOT_FOUND']))
  expect(await wrongCounts(opened.url)).toEqual([])
}, 60_000)
