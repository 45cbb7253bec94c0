import type { ListArticles } from '@fastpath/contracts'
import type { Param } from '@fastpath/pooling'

/** What a list is narrowed down to; all of it must hold. */
export type ArticleFilter = Pick<ListArticles, 'tag' | 'authorId' | 'favoritedById'>

/** With values that stand for any. */
const fullFilter: Required<ArticleFilter> = { tag: '', authorId: 0, favoritedById: 0 }

/** Each combination: for what is made of all of them when the service starts. */
export const everyFilter: readonly ArticleFilter[] = Object.entries(fullFilter).reduce<ArticleFilter[]>(
  (filters, [key, value]) => filters.flatMap((filter) => [filter, { ...filter, [key]: value }]),
  [{}],
)

/** A filter as SQL: the table that is walked in the order of the list, and conditions with their parameters. */
export interface FilterSql {
  /** Tells the SQL apart: the filters that are in use, as part of a statement's name. */
  readonly name: string
  readonly from: string
  /** The columns that give the order, newest first. */
  readonly order: { readonly createdAt: string; readonly id: string }
  readonly where: readonly string[]
  readonly params: readonly Param[]
}

/**
 * The most selective filter leads, through an index that is already in the order of the list; the others are checked
 * against each of its rows.
 */
export const filterSql = ({ favoritedById, tag, authorId }: ArticleFilter): FilterSql => {
  const params: Param[] = []
  const where: string[] = []
  const names: string[] = []
  const param = (value: Param): string => `$${params.push(value)}`

  let from = 'article'
  let order = { createdAt: 'article.created_at', id: 'article.id' }
  if (authorId !== undefined) {
    names.push('author')
    where.push(`article.author_id = ${param(authorId)}`)
  }
  if (favoritedById !== undefined) {
    names.push('favorited')
    const user = param(favoritedById)
    if (authorId === undefined) {
      from = 'favorite join article on article.id = favorite.article_id'
      order = { createdAt: 'favorite.article_created_at', id: 'favorite.article_id' }
      where.push(`favorite.user_id = ${user}`)
    } else where.push(`exists (select from favorite where article_id = article.id and user_id = ${user})`)
  }
  if (tag !== undefined) {
    names.push('tag')
    const id = `(select id from tag where name = ${param(tag)})`
    if (names.length === 1) {
      from = 'article_tag join article on article.id = article_tag.article_id'
      order = { createdAt: 'article_tag.article_created_at', id: 'article_tag.article_id' }
      where.push(`article_tag.tag_id = ${id}`)
    } else where.push(`exists (select from article_tag where article_id = article.id and tag_id = ${id})`)
  }
  return { name: names.join('_and_') || 'all', from, order, where, params }
}
