import { emittedEvents } from '@fastpath/testing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { callBy, openTestFeed, type TestFeed } from './test-feed.js'

let opened: TestFeed
beforeAll(async () => {
  opened = await openTestFeed()
})
afterAll(() => opened?.close())

test('what changes is told with it; what changes nothing, or is refused, is not', async () => {
  const { feed } = opened
  const [author, reader] = [callBy(1), callBy(2)]
  const words = { description: 'd', body: 'b', tags: ['news'] }
  const { id: articleId, slug } = await feed.createArticle(author, { title: 'First', ...words })
  await feed.updateArticle(callBy(1), { slug, body: 'better' })
  const moved = (await feed.updateArticle(callBy(1), { slug, title: 'Second' })).slug
  await expect(feed.updateArticle(reader, { slug: moved, title: 'Stolen' })).rejects.toMatchObject({
    code: 'FORBIDDEN',
  })
  for (let i = 0; i < 2; i++) await feed.favoriteArticle(callBy(2), { slug: moved })
  for (let i = 0; i < 2; i++) await feed.unfavoriteArticle(callBy(2), { slug: moved })
  const { id: commentId } = await feed.addComment(callBy(2), { slug: moved, body: 'fine' })
  await expect(feed.deleteComment(callBy(1), { slug: moved, id: commentId })).rejects.toMatchObject({
    code: 'FORBIDDEN',
  })
  await feed.deleteComment(callBy(2), { slug: moved, id: commentId })
  await expect(feed.deleteComment(callBy(2), { slug: moved, id: commentId })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  })
  await feed.deleteArticle(callBy(1), { slug: moved })

  const [article, comment, favorite] = [`article:${articleId}`, `comment:${commentId}`, `favorite:2:${articleId}`]
  const change = { articleId, authorId: 1 }
  const liked = { articleId, userId: 2, articleAuthorId: 1, slug: moved }
  const said = { commentId, articleId, authorId: 2, slug: moved }
  const emitted = await emittedEvents(opened.url)
  expect(emitted.map(({ name, aggregate, data }) => ({ name, aggregate, data }))).toEqual([
    { name: 'article.published', aggregate: article, data: { ...change, slug, version: 1, tags: ['news'] } },
    { name: 'article.updated', aggregate: article, data: { ...change, slug, version: 2, tags: [] } },
    {
      name: 'article.updated',
      aggregate: article,
      data: { ...change, slug: moved, formerSlug: slug, version: 3, tags: [] },
    },
    { name: 'article.favorited', aggregate: favorite, data: liked },
    { name: 'article.unfavorited', aggregate: favorite, data: liked },
    { name: 'comment.added', aggregate: comment, data: { ...said, articleAuthorId: 1, title: 'Second' } },
    { name: 'comment.deleted', aggregate: comment, data: said },
    { name: 'article.deleted', aggregate: article, data: { ...change, slug: moved, version: 4, tags: ['news'] } },
  ])
  const versions = emitted.filter(({ aggregate }) => aggregate === article).map(({ version }) => version)
  expect(versions).toEqual([1, 2, 3, 4])
})
