import type { ListArticles } from '@fastpath/contracts'
import { type Param, type Statement, statement } from '@fastpath/pooling'
import { countSql } from './article-counts.js'
import { filterSql } from './article-filters.js'
import { type ArticleSummaryRow, summaryColumns } from './articles.js'

// Literals, not `limit $1`: with a parameter PostgreSQL never settles on the generic plan (1.5 to 2 times slower).
const pageSizes = [5, 10, 20, 50, 100] as const

/**
 * The statement for a page and its parameters. It gives at least one row more than `limit` where there are more, so that
 * the caller knows of the next page; what is beyond `limit` is the caller's to cut off.
 */
export const articlePage = (input: ListArticles): { statement: PageStatement; params: readonly Param[] } => {
  const filter = filterSql(input)
  const { from, order, params } = filter
  const size = pageSizes.find((candidate) => candidate >= input.limit) ?? pageSizes.at(-1)
  const paging = input.after ? 'after' : input.offset > 0 ? 'offset' : 'first'
  const name = `article_page_${filter.name}_${paging}_${size}`
  const next = params.length + 1
  const known = statements.get(name)
  const position = input.after ? [input.after.createdAt, input.after.id] : paging === 'offset' ? [input.offset] : []
  if (known) return { statement: known, params: [...params, ...position] }

  const after = `(${order.createdAt}, ${order.id}) < (to_timestamp($${next}::float8 / 1000), $${next + 1}::integer)`
  const where = input.after ? [...filter.where, after] : filter.where
  const made: PageStatement = statement(
    name,
    `
  select ${summaryColumns},
    (${countSql(filter)}) as count
  from ${from}
  ${where.length > 0 ? `where ${where.join(' and ')}` : ''}
  order by ${order.createdAt} desc, ${order.id} desc
  limit ${Number(size) + 1}
  ${paging === 'offset' ? `offset $${next}` : ''}`,
  )
  statements.set(name, made)
  return { statement: made, params: [...params, ...position] }
}

interface PageRow extends ArticleSummaryRow {
  /** Of the whole filter, the same in every row: it saves a statement. */
  readonly count: number | null
}
type PageStatement = Statement<PageRow, readonly Param[]>

/** Eight filters, three ways of paging and five sizes: at most 120, each made when first asked for. */
const statements = new Map<string, PageStatement>()
