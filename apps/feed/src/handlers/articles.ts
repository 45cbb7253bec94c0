import { type feedContract, type ListArticles, ServiceError } from '@fastpath/contracts'
import type { Handlers } from '@fastpath/messaging'
import type { Pool } from '@fastpath/pooling'
import type { Call } from '@fastpath/timing'
import { countArticles } from '../queries/article-counts.js'
import { articlePage } from '../queries/article-pages.js'
import { articleBySlug, articleExistsBySlug } from '../queries/articles.js'

type FeedHandlers = Handlers<typeof feedContract>

interface Deps {
  readonly pool: Pool
}

export const listArticles =
  ({ pool }: Deps): FeedHandlers['listArticles'] =>
  async (call, input) => {
    const page = articlePage(input)
    const rows = await pool.run(call, page.statement, page.params)
    const articles = rows.slice(0, input.limit)
    const last = articles.at(-1)
    // A page without rows brings no count either: it lies past the last article, or there is none.
    const count = (last ? rows[0] : await countAlone(pool, call, input))?.count ?? 0
    return rows.length > articles.length && last
      ? { articles, count, next: { createdAt: last.createdAt, id: last.id } }
      : { articles, count }
  }

const countAlone = (pool: Pool, call: Call, input: ListArticles) => {
  const { statement, params } = countArticles(input)
  return pool.one(call, statement, params)
}

export const getArticle =
  ({ pool }: Deps): FeedHandlers['getArticle'] =>
  async (call, { slug }) => {
    const article = await pool.one(call, articleBySlug, [slug])
    if (!article) throw new ServiceError('NOT_FOUND', `no article ${slug}`, { fields: { article: ['not found'] } })
    return article
  }

export const articleExists =
  ({ pool }: Deps): FeedHandlers['articleExists'] =>
  async (call, { slug }) => ({ exists: (await pool.one(call, articleExistsBySlug, [slug]))?.exists === true })
