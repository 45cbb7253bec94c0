import { type Param, type Statement, statement } from '@fastpath/pooling'
import { type ArticleFilter, type FilterSql, filterSql } from './article-filters.js'

/** How many articles a filter lets through, as an expression. Whatever has a counter is read from it, only combinations are counted. */
export const countSql = ({ name, from, where }: FilterSql): string =>
  counters[name] ?? `select count(*)::integer from ${from} where ${where.join(' and ')}`

const counters: Readonly<Record<string, string>> = {
  all: `select value from counter where name = 'articles' and of_id = 0`,
  author: `select value from counter where name = 'articles_by_author' and of_id = $1`,
  favorited: `select value from counter where name = 'favorites_by_user' and of_id = $1`,
  tag: 'select article_count from tag where name = $1',
}

/** The count alone, for a page without rows: usually it comes with them, in the same statement. */
export const countArticles = (filter: ArticleFilter): { statement: CountStatement; params: readonly Param[] } => {
  const sql = filterSql(filter)
  const name = `article_count_${sql.name}`
  const made: CountStatement = statements.get(name) ?? statement(name, `select (${countSql(sql)}) as count`)
  statements.set(name, made)
  return { statement: made, params: sql.params }
}

type CountStatement = Statement<{ count: number | null }, readonly Param[]>

/** One for each of the eight filters, made when first asked for. */
const statements = new Map<string, CountStatement>()
