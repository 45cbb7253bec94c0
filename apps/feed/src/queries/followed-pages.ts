import type { ListFollowedArticles } from '@fastpath/contracts'
import { type Param, statement } from '@fastpath/pooling'
import { type PageSize, type PageStatement, pageSizeFor, pageSizes } from './article-pages.js'
import { summaryColumns } from './articles.js'

/**
 * Up to so many authors each one's newest articles are looked up; for more, the newest articles of all are walked until
 * enough of theirs are found. Where both cost the same, measured with 10,000 authors.
 */
const maxLookups = 150
/**
 * The walk ends after so many articles. It then has cost about what `maxLookups` look-ups do, and the authors, none of
 * whom wrote of late, are looked up after all: no page costs more than the look-ups and this.
 */
const maxWalk = 2_000

type Way = 'lookup' | 'walk'
type Paging = 'first' | 'offset' | 'after'

/**
 * The statement for a page of these authors' articles, and its parameters; as in `article-pages.ts` it gives a row more
 * than `limit` where there are more.
 */
export const followedPage = (input: ListFollowedArticles): { statement: PageStatement; params: readonly Param[] } => {
  const { limit, offset, after } = input
  const authorIds = [...new Set(input.authorIds)]
  const way = authorIds.length <= maxLookups ? 'lookup' : 'walk'
  const paging = after ? 'after' : offset > 0 ? 'offset' : 'first'
  const position = after ? [after.createdAt, after.id] : paging === 'offset' ? [offset] : []
  const made = followedPages.get(nameOf(way, paging, pageSizeFor(limit))) as PageStatement
  return { statement: made, params: [authorIds, ...position] }
}

const nameOf = (way: Way, paging: Paging, size: PageSize): string => `followed_page_${way}_${paging}_${size}`

const countSql = `
    select coalesce(sum(value), 0)::integer
    from counter
    where name = 'articles_by_author' and of_id = any($1::integer[])`

/** The count alone, for a page without rows. */
export const countByAuthors = statement<{ count: number }, [authorIds: readonly number[]]>(
  'count_by_authors',
  `select (${countSql}) as count`,
)

const pageStatement = (way: Way, paging: Paging, size: PageSize): PageStatement => {
  const wanted = paging === 'offset' ? `$2::integer + ${size + 1}` : `${size + 1}`
  const after = 'and (created_at, id) < (to_timestamp($2::float8 / 1000), $3::integer)'
  const further = paging === 'after' ? after : ''
  const newest = 'order by created_at desc, id desc'
  const keysOf = (limit: string) =>
    `select id, created_at from article where author_id = author.id ${further} ${newest} limit ${limit}`
  // Keys alone, out of the index; the rows are read when it is known which. First one of each author: what a page shows
  // is by those whose newest are the newest, at most as many as it has articles, and only of them more is looked at.
  const lookedUp = `
    select key.id, key.created_at
    from (
      select author.id
      from unnest($1::integer[]) as author (id)
      cross join lateral (${keysOf('1')}) as key
      order by key.created_at desc, key.id desc
      limit ${wanted}
    ) as author
    cross join lateral (${keysOf(wanted)}) as key`
  // "is true" keeps it a look-up in a hash for each article: as a join or with = any() it is a search through the authors.
  const walked = `
    select id, created_at
    from (select id, created_at, author_id from article where true ${further} ${newest} limit ${maxWalk}) as recent
    where (author_id in (select unnest($1::integer[]))) is true
    ${newest}
    limit ${wanted}`
  const keys = {
    lookup: lookedUp,
    walk: `
    select id, created_at from walked where (select count(*) from walked) = ${wanted}
    union all
    select looked_up.* from (${lookedUp}) as looked_up where (select count(*) from walked) < ${wanted}`,
  }
  return statement(
    nameOf(way, paging, size),
    `
  ${way === 'walk' ? `with walked as materialized (${walked})` : ''}
  select ${summaryColumns},
    (${countSql}) as count
  from (
    select id from (${keys[way]}) as keys
    ${newest}
    limit ${size + 1}
    ${paging === 'offset' ? 'offset $2' : ''}
  ) as page
  join article using (id)
  order by article.created_at desc, article.id desc`,
  )
}

/** By name: both ways, three ways of paging, five sizes. */
export const followedPages: ReadonlyMap<string, PageStatement> = new Map(
  (['lookup', 'walk'] as const)
    .flatMap((way) => (['first', 'offset', 'after'] as const).map((paging) => [way, paging] as const))
    .flatMap(([way, paging]) => pageSizes.map((size) => pageStatement(way, paging, size)))
    .map((made) => [made.name, made]),
)
