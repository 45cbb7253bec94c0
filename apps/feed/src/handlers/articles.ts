import type { feedContract, ListArticles } from '@fastpath/contracts'
import type { Handlers } from '@fastpath/messaging'
import type { Pool } from '@fastpath/pooling'
import type { Call } from '@fastpath/timing'
import { countArticles } from '../queries/article-counts.js'
import { articlePage } from '../queries/article-pages.js'
import { articleBySlug, articleExistsBySlug } from '../queries/articles.js'
import { cutPage } from './cut-page.js'
import { notFound } from './refusals.js'

type FeedHandlers = Handlers<typeof feedContract>

interface Deps {
  readonly pool: Pool
}

export const listArticles =
  ({ pool }: Deps): FeedHandlers['listArticles'] =>
  async (call, input) => {
    const page = articlePage(input)
    const rows = await pool.run(call, page.statement, page.params)
    // A page without rows brings no count either: it lies past the last article, or there is none.
    const count = (rows[0] ?? (await countAlone(pool, call, input)))?.count ?? 0
    return cutPage(rows, input.limit, count)
  }

const countAlone = (pool: Pool, call: Call, input: ListArticles) => {
  const { statement, params } = countArticles(input)
  return pool.one(call, statement, params)
}

export const getArticle =
  ({ pool }: Deps): FeedHandlers['getArticle'] =>
  async (call, { slug }) => {
    const article = await pool.one(call, articleBySlug, [slug])
    if (!article) throw notFound('article', slug)
    return article
  }

export const articleExists =
  ({ pool }: Deps): FeedHandlers['articleExists'] =>
  async (call, { slug }) => ({ exists: (await pool.one(call, articleExistsBySlug, [slug]))?.exists === true })
