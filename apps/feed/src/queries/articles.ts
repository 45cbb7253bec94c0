import { statement } from '@fastpath/pooling'

export interface ArticleSummaryRow {
  readonly id: number
  readonly slug: string
  readonly title: string
  readonly description: string
  readonly tags: string[]
  readonly authorId: number
  readonly favoritesCount: number
  readonly createdAt: number
  readonly updatedAt: number
  readonly version: number
}

export interface ArticleRow extends ArticleSummaryRow {
  readonly body: string
}

/** The columns of `ArticleSummaryRow`; times as milliseconds and tags as JSON, the cheapest to read. */
const summaryColumnsWith = (favoritesCount: string): string => `
    article.id,
    article.slug,
    article.title,
    article.description,
    array_to_json(article.tag_list) as "tags",
    article.author_id as "authorId",
    ${favoritesCount} as "favoritesCount",
    round(date_part('epoch', article.created_at) * 1000) as "createdAt",
    round(date_part('epoch', article.updated_at) * 1000) as "updatedAt",
    article.version`
export const summaryColumns = summaryColumnsWith('article.favorites_count')

/** The columns of `ArticleRow`, with a count that is not yet in the row. */
export const articleColumnsWith = (favoritesCount: string): string => `${summaryColumnsWith(favoritesCount)},
    article.body`
export const articleColumns = articleColumnsWith('article.favorites_count')

export const articleBySlug = statement<ArticleRow, [slug: string]>(
  'article_by_slug',
  `
  select ${articleColumns}
  from article
  where slug = $1`,
)

export const articleExistsBySlug = statement<{ exists: boolean }, [slug: string]>(
  'article_exists_by_slug',
  'select exists (select from article where slug = $1)',
)
