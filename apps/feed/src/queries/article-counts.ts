import { type Param, type Statement, statement } from '@fastpath/pooling'
import { type ArticleFilter, everyFilter, type FilterSql, filterSql } from './article-filters.js'

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
  const { name, params } = filterSql(filter)
  return { statement: statements.get(name) as CountStatement, params }
}

type CountStatement = Statement<{ count: number | null }, readonly Param[]>

/** By the filter's name. */
const statements = new Map(
  everyFilter.map((filter) => {
    const sql = filterSql(filter)
    const made: CountStatement = statement(`article_count_${sql.name}`, `select (${countSql(sql)}) as count`)
    return [sql.name, made]
  }),
)
