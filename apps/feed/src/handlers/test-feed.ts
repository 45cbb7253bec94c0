import { createDataset, type Dataset, type DatasetSize, loadArticles } from '@fastpath/fixtures'
import { createOutbox } from '@fastpath/messaging'
import { createPool, type Pool } from '@fastpath/pooling'
import { administer, createTestDatabase } from '@fastpath/testing'
import { Call } from '@fastpath/timing'
import { createHandlers } from './index.js'

export interface TestFeed {
  readonly data: Dataset
  readonly url: string
  readonly pool: Pool
  readonly feed: ReturnType<typeof createHandlers>
  /** What caches were told so far, one list a write. */
  readonly invalidated: (readonly string[])[]
  close(): Promise<void>
}

/** The handlers on a database of their own, full of fixtures. */
export const openTestFeed = async (size: Partial<DatasetSize> = {}): Promise<TestFeed> => {
  const none = { users: 5, articles: 0, tagsPerArticle: 0, favorites: 0, comments: 0, follows: 0 }
  const data = createDataset({ ...none, ...size })
  const database = await createTestDatabase()
  const url = database.urls.feed
  // More connections than a service has: what could meet shall meet.
  const pool = createPool({ url, max: 12 })
  const invalidated: (readonly string[])[] = []
  const close = async () => {
    await pool.close()
    await database.drop()
  }
  try {
    await loadArticles(url, data)
  } catch (error) {
    await close()
    throw error
  }
  const outbox = createOutbox({ pool, invalidate: async (tags) => void invalidated.push(tags) })
  return { data, url, pool, feed: createHandlers({ pool, outbox }), invalidated, close }
}

/** A call of a user's, or of nobody's. */
export const callBy = (id?: number) => new Call({ timeoutMs: 20_000, viewer: id === undefined ? null : { id } })

/** Every kept count that is not what counting gives. */
export const wrongCounts = (url: string): Promise<object[]> =>
  administer(
    url,
    (sql) => sql<object[]>`
    with counted (name, of_id, value) as (
      select 'articles', 0, count(*) from article
      union all select 'articles_by_author', author_id, count(*) from article group by author_id
      union all select 'favorites_by_user', user_id, count(*) from favorite group by user_id
      union all select 'of article', article_id, count(*) from favorite group by article_id
      union all select 'of tag', tag_id, count(*) from article_tag group by tag_id
    ), kept (name, of_id, value) as (
      select name, of_id, value from counter
      union all select 'of article', id, favorites_count from article
      union all select 'of tag', id, article_count from tag
    )
    select name, of_id, coalesce(counted.value, 0)::integer as counted, kept.value as kept
    from counted full join kept using (name, of_id)
    where coalesce(counted.value, 0) <> coalesce(kept.value, 0)`,
  )
