import type { ListArticles } from '@fastpath/contracts'
import { type Param, type Statement, statement } from '@fastpath/pooling'
import { countSql } from './article-counts.js'
import { everyFilter, type FilterSql, filterSql } from './article-filters.js'
import { type ArticleSummaryRow, summaryColumns } from './articles.js'

// Literals, not `limit $1`: with a parameter PostgreSQL never settles on the generic plan (1.5 to 2 times slower).
export const pageSizes = [5, 10, 20, 50, 100] as const
export type PageSize = (typeof pageSizes)[number]

/** The smallest page that holds so many. */
export const pageSizeFor = (limit: number): PageSize => pageSizes.find((size) => size >= limit) ?? 100
const pagings = ['first', 'offset', 'after'] as const

/**
 * The statement for a page and its parameters. It gives at least one row more than `limit` where there are more, so that
 * the caller knows of the next page; what is beyond `limit` is the caller's to cut off.
 */
export const articlePage = (input: ListArticles): { statement: PageStatement; params: readonly Param[] } => {
  const { name, params } = filterSql(input)
  const size = pageSizeFor(input.limit)
  const paging = input.after ? 'after' : input.offset > 0 ? 'offset' : 'first'
  const position = input.after ? [input.after.createdAt, input.after.id] : paging === 'offset' ? [input.offset] : []
  return { statement: statements.get(pageName(name, paging, size)) as PageStatement, params: [...params, ...position] }
}

const pageName = (filter: string, paging: string, size: number | undefined) =>
  `article_page_${filter}_${paging}_${size}`

const makePage = (filter: FilterSql, paging: (typeof pagings)[number], size: number): PageStatement => {
  const { from, order } = filter
  const next = filter.params.length + 1
  const after = `(${order.createdAt}, ${order.id}) < (to_timestamp($${next}::float8 / 1000), $${next + 1}::integer)`
  const where = paging === 'after' ? [...filter.where, after] : filter.where
  return statement(
    pageName(filter.name, paging, size),
    `
  select ${summaryColumns},
    (${countSql(filter)}) as count
  from ${from}
  ${where.length > 0 ? `where ${where.join(' and ')}` : ''}
  order by ${order.createdAt} desc, ${order.id} desc
  limit ${size + 1}
  ${paging === 'offset' ? `offset $${next}` : ''}`,
  )
}

export interface PageRow extends ArticleSummaryRow {
  /** Of the whole filter, the same in every row: it saves a statement. */
  readonly count: number | null
}
export type PageStatement = Statement<PageRow, readonly Param[]>

/** Eight filters, three ways of paging and five sizes, by name: 120 texts, which are prepared when they are first run. */
const statements = new Map(
  everyFilter.flatMap((filter) =>
    pagings.flatMap((paging) =>
      pageSizes.map((size) => {
        const made = makePage(filterSql(filter), paging, size)
        return [made.name, made] as const
      }),
    ),
  ),
)
