import { createDataset, loadArticles } from '@fastpath/fixtures'
import {
  administer,
  createTestDatabase,
  example,
  guardPlans,
  type PlanGuardOptions,
  statementsIn,
  type TestDatabase,
} from '@fastpath/testing'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { countArticles } from './queries/article-counts.js'
import { everyFilter } from './queries/article-filters.js'
import { articlePage, pageSizes } from './queries/article-pages.js'
import { articleForWriting, deleteArticleById, insertArticle, updateArticleById } from './queries/article-writes.js'
import { articleBySlug, articleExistsBySlug } from './queries/articles.js'
import { commentsOfArticle, deleteCommentOf, insertComment } from './queries/comments.js'
import { addFavorite, favoritesAmong, removeFavorite } from './queries/favorites.js'
import { countByAuthors, followedPage } from './queries/followed-pages.js'
import { addMissingTags, mostUsedTags } from './queries/tags.js'

// Loading takes ten seconds, and many times that where the machine is busy.
jest.setTimeout(180_000)

const size = { users: 10_000, articles: 100_000, tagsPerArticle: 1, favorites: 20_000, comments: 20_000, follows: 0 }
const data = createDataset(size)
const { slug, authorId, tags, createdAt } = data.article(60_000)
const newest = { tag: tags[0] as string, authorId, favoritedById: data.favorite(7).userId }
const filters = everyFilter.map((filter) => ({
  ...filter,
  ...Object.fromEntries(Object.entries(newest).filter(([key]) => key in filter)),
}))
const pages = [{ offset: 0 }, { offset: 200 }, { offset: 0, after: { createdAt: createdAt.getTime(), id: 60_000 } }]

const manyAuthors = Array.from({ length: 200 }, (_, i) => i + 1)

// A new statement takes a line here: itself, and parameters such as a request brings.
const examples = [
  example(articleBySlug, [slug]),
  example(articleExistsBySlug, [slug]),
  example(mostUsedTags, []),
  example(insertArticle, [slug, 'Title', 'About it', 'All of it', tags, authorId]),
  example(addMissingTags, [tags]),
  example(articleForWriting, [slug]),
  example(updateArticleById, [60_000, slug, 'Title', null, null, tags]),
  example(deleteArticleById, [60_000]),
  example(favoritesAmong, [newest.favoritedById, [60_000, 59_999, 1]]),
  example(addFavorite, [slug, 7]),
  example(removeFavorite, [slug, 7]),
  example(commentsOfArticle, [slug, 0]),
  example(insertComment, [slug, 7, 'Well said']),
  example(deleteCommentOf, [slug, 9_000, 7]),
  example(countByAuthors, [[1, 2, 3]]),
  ...[manyAuthors.slice(0, 10), manyAuthors].flatMap((authorIds) =>
    pages.flatMap((page) => pageSizes.map((limit) => followedPage({ authorIds, ...page, limit }))),
  ),
  ...filters.map(countArticles),
  ...filters.flatMap((filter) =>
    pages.flatMap((page) => pageSizes.map((limit) => articlePage({ ...filter, ...page, limit }))),
  ),
]

let database: TestDatabase
let guarded: PlanGuardOptions
beforeAll(async () => {
  database = await createTestDatabase()
  await loadArticles(database.urls.feed, data)
  const statements = await statementsIn(new URL('./queries/', import.meta.url))
  guarded = { url: database.urls.feed, statements, examples }
})
afterAll(() => database?.drop())

test('no statement reads a big table in turn or sorts many rows, and each has its example', async () => {
  expect(await guardPlans(guarded)).toBe(guarded.statements.length)
  // Every filter, way of paging and size, and every count.
  expect(guarded.statements.length).toBeGreaterThanOrEqual(8 * 3 * 5 + 8)
})

test('a missing index is found, by the statements that need it and with their plans', async () => {
  await administer(database.adminUrl, (sql) => sql`drop index feed.article_newest_by_author`)
  try {
    const problem = await guardPlans(guarded).catch((error: Error) => error.message)
    expect(problem).toMatch(
      /^article_page_author_\w+ reads all of article \(100000 rows\) in turn:\n {4}Limit, .*(\n .*)*Seq Scan on article, .*\n.*filter: \(+author_id = \d+\)/m,
    )
    expect(problem).not.toMatch(/^article_by_slug/m)
  } finally {
    const direct = 'create index article_newest_by_author on feed.article (author_id, created_at desc, id desc)'
    await administer(database.adminUrl, (sql) => sql.unsafe(direct))
  }
})

test('a statement without an example is found', async () => {
  const without = { ...guarded, examples: examples.filter(({ statement }) => statement !== mostUsedTags) }
  await expect(guardPlans(without)).rejects.toThrow('most_used_tags has no example')
})
