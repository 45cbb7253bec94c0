import { feedContract } from '@fastpath/contracts'
import { administer } from '@fastpath/testing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { callBy, openTestFeed, type TestFeed } from './test-feed.js'

let opened: TestFeed
beforeAll(async () => {
  opened = await openTestFeed({ articles: 6, favorites: 0 })
})
afterAll(() => opened?.close())
const slugOf = (id: number) => opened.data.article(id).slug

/** So many comments with one text, by the shortest way. */
const plant = (articleId: number, count: number, body: string) =>
  administer(
    opened.url,
    (sql) => sql`
    insert into comment (article_id, author_id, body)
    select ${articleId}::integer, 1, ${body}::text from generate_series(1, ${count}::integer)`,
  )

test('comments are listed oldest first, in one statement', async () => {
  const first = await opened.feed.addComment(callBy(2), { slug: slugOf(1), body: 'first' })
  const second = await opened.feed.addComment(callBy(3), { slug: slugOf(1), body: 'second' })
  expect(first).toMatchObject({ body: 'first', authorId: 2, updatedAt: first.createdAt })
  const call = callBy()
  expect(await opened.feed.listComments(call, { slug: slugOf(1) })).toMatchObject({ comments: [first, second] })
  expect(call.trace.countOf('statement')).toBe(1)
  expect((await opened.feed.listComments(callBy(), { slug: slugOf(1), after: first.id })).comments).toMatchObject([
    { id: second.id },
  ])
})

test('an article without comments has an empty list, an unknown one is NOT_FOUND', async () => {
  expect(await opened.feed.listComments(callBy(), { slug: slugOf(2) })).toEqual({ comments: [] })
  await expect(opened.feed.listComments(callBy(), { slug: 'none' })).rejects.toMatchObject({
    code: 'NOT_FOUND',
    fields: { article: ['not found'] },
  })
})

test('a page has five hundred comments, and tells where the next begins', async () => {
  await plant(3, 1_001, 'short')
  const lengths: number[] = []
  const seen = new Set<number>()
  let after: number | undefined = 0
  while (after !== undefined) {
    const page: Awaited<ReturnType<typeof opened.feed.listComments>> = await opened.feed.listComments(callBy(), {
      slug: slugOf(3),
      after,
    })
    lengths.push(page.comments.length)
    for (const { id } of page.comments) seen.add(id)
    after = page.next
  }
  expect(lengths).toEqual([500, 500, 1])
  expect(seen.size).toBe(1_001)
})

test.each([
  [4, 'of ASCII', 'x'.repeat(10_000), 70],
  [5, 'of four bytes a letter', '🐎'.repeat(10_000), 17],
])('the longest comments %# %s: a page of them fits into one message', async (articleId, _, body, fitting) => {
  await plant(articleId, 75, body)
  const page = await opened.feed.listComments(callBy(), { slug: slugOf(articleId) })
  expect(page.comments).toHaveLength(fitting)
  expect(page.next).toBe(page.comments.at(-1)?.id)
  const bytes = Buffer.byteLength(JSON.stringify(feedContract.listComments.output.toWire(page)))
  expect(bytes).toBeLessThan(1_000_000)
})

test('only who wrote a comment deletes it; token, article, comment and author are asked for in this order', async () => {
  const { addComment, deleteComment } = opened.feed
  const slug = slugOf(6)
  const { id } = await addComment(callBy(1), { slug, body: 'mine' })
  const expectRefusal = (by: number | undefined, input: { slug: string; id: number }, refusal: object) =>
    expect(deleteComment(callBy(by), input)).rejects.toMatchObject(refusal)
  await expectRefusal(undefined, { slug: 'none', id }, { code: 'UNAUTHENTICATED', fields: { token: ['is missing'] } })
  await expectRefusal(1, { slug: 'none', id }, { code: 'NOT_FOUND', fields: { article: ['not found'] } })
  await expectRefusal(1, { slug: slugOf(2), id }, { code: 'NOT_FOUND', fields: { comment: ['not found'] } })
  await expectRefusal(2, { slug, id }, { code: 'FORBIDDEN', fields: { comment: ['forbidden'] } })
  expect(await deleteComment(callBy(1), { slug, id })).toEqual({})
  await expectRefusal(1, { slug, id }, { code: 'NOT_FOUND', fields: { comment: ['not found'] } })
  await expect(addComment(callBy(), { slug: 'none', body: 'x' })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  await expect(addComment(callBy(1), { slug: 'none', body: 'x' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
})
