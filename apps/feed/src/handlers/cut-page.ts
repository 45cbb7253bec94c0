import type { ArticlePage, ArticleSummary } from '@fastpath/contracts'

/** A page out of the rows that were found for it: one more than `limit` tells that others follow. */
export const cutPage = (rows: readonly ArticleSummary[], limit: number, count: number): ArticlePage => {
  const articles = rows.slice(0, limit)
  const last = articles.at(-1)
  return rows.length > articles.length && last
    ? { articles, count, next: { createdAt: last.createdAt, id: last.id } }
    : { articles, count }
}
