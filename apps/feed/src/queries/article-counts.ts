import { type Param, type Statement, statement } from '@fastpath/pooling'
import { type ArticleFilter, filterSql } from './article-filters.js'

type CountStatement = Statement<{ count: number }, readonly Param[]>

/** How many articles a filter lets through. Whatever has a counter is read from it, only combinations are counted. */
export const countArticles = (filter: ArticleFilter): { statement: CountStatement; params: readonly Param[] } => {
  const { name, from, where, params } = filterSql(filter)
  const counter = counters[name]
  if (counter) return { statement: counter, params }

  const fullName = `article_count_${name}`
  const known = combinations.get(fullName)
  const made =
    known ??
    statement<{ count: number }, readonly Param[]>(
      fullName,
      `select count(*)::integer as count from ${from} where ${where.join(' and ')}`,
    )
  if (!known) combinations.set(fullName, made)
  return { statement: made, params }
}

const counters: Readonly<Record<string, CountStatement>> = {
  all: statement('article_count_all', `select value as count from counter where name = 'articles' and of_id = 0`),
  author: statement(
    'article_count_author',
    `select value as count from counter where name = 'articles_by_author' and of_id = $1`,
  ),
  favorited: statement(
    'article_count_favorited',
    `select value as count from counter where name = 'favorites_by_user' and of_id = $1`,
  ),
  tag: statement('article_count_tag', 'select article_count as count from tag where name = $1'),
}

const combinations = new Map<string, CountStatement>()
