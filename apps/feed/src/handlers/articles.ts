import { type feedContract, ServiceError } from '@fastpath/contracts'
import type { Handlers } from '@fastpath/messaging'
import type { Pool } from '@fastpath/pooling'
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
    const total = countArticles(input)
    const [rows, counted] = await Promise.all([
      pool.run(call, page.statement, page.params),
      pool.one(call, total.statement, total.params),
    ])
    const articles = rows.slice(0, input.limit)
    const last = articles.at(-1)
    const count = counted?.count ?? 0
    return rows.length > articles.length && last
      ? { articles, count, next: { createdAt: last.createdAt, id: last.id } }
      : { articles, count }
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
