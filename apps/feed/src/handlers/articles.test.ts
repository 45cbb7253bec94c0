import { createDataset, loadArticles } from '@fastpath/fixtures'
import { createOutbox } from '@fastpath/messaging'
import { createPool, type Pool } from '@fastpath/pooling'
import { createTestDatabase, type TestDatabase } from '@fastpath/testing'
import { Call } from '@fastpath/timing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createHandlers } from './index.js'

const data = createDataset({ users: 5, articles: 12, tagsPerArticle: 2, favorites: 20, comments: 0, follows: 0 })
let database: TestDatabase
let pool: Pool
beforeAll(async () => {
  database = await createTestDatabase()
  await loadArticles(database.urls.feed, data)
  pool = createPool({ url: database.urls.feed })
})
afterAll(async () => {
  await pool?.close()
  await database?.drop()
})
const call = () => new Call({ timeoutMs: 5_000 })

test('a page and the count of its filter are one statement; the next position is told where more follow', async () => {
  const asking = call()
  const page = await createHandlers({ pool, outbox: createOutbox({ pool }) }).listArticles(asking, {
    limit: 5,
    offset: 0,
  })
  expect([page.articles.length, page.count]).toEqual([5, 12])
  expect(page.next).toEqual({ createdAt: data.article(8).createdAt.getTime(), id: 8 })
  expect(asking.trace.countOf('statement')).toBe(1)
})

test('the last page tells of no next one, and a page past the end still has the count', async () => {
  const { listArticles } = createHandlers({ pool, outbox: createOutbox({ pool }) })
  expect(await listArticles(call(), { limit: 12, offset: 0 })).not.toHaveProperty('next')
  expect(await listArticles(call(), { limit: 5, offset: 50 })).toEqual({ articles: [], count: 12 })
})

test('an unknown slug is NOT_FOUND, and does not exist', async () => {
  const { getArticle, articleExists } = createHandlers({ pool, outbox: createOutbox({ pool }) })
  await expect(getArticle(call(), { slug: 'none' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  expect(await articleExists(call(), { slug: 'none' })).toEqual({ exists: false })
  expect(await articleExists(call(), { slug: data.article(2).slug })).toEqual({ exists: true })
})
