import { statement } from '@fastpath/pooling'
import { type ArticleRow, articleColumns } from './articles.js'

/*
 * One order of locks for all that write, so that no two can wait for each other: the article, then tags (new ones by
 * name, known ones by id), then counters. Triggers change tags and counters at the end of a statement, and not in this
 * order; so each statement locks all tags that it will touch while it still runs.
 */

/** The slug ends with the article's id: no two are equal, however many are written at once, and none is looked up first. */
export const insertArticle = statement<
  ArticleRow,
  [slugBase: string, title: string, description: string, body: string, tags: readonly string[], authorId: number]
>(
  'insert_article',
  `
  with tagged as (
    select id from tag where name = any($5::text[]) order by id for update
  ), article as (
    insert into article (id, slug, title, description, body, tag_list, author_id)
    select id, $1::text || '-' || id, $2, $3, $4, $5::text[], $6
    from (select nextval(pg_get_serial_sequence('article', 'id'))::integer as id) as next
    returning *
  ), tagging as (
    insert into article_tag (article_id, tag_id, article_created_at)
    select article.id, tagged.id, article.created_at
    from article, tagged
  )
  select ${articleColumns}
  from article`,
)

export interface ArticleForWritingRow {
  readonly id: number
  readonly authorId: number
  readonly version: number
  readonly tags: readonly string[]
}

/** Locked until the end of the transaction. */
export const articleForWriting = statement<ArticleForWritingRow, [slug: string]>(
  'article_for_writing',
  `
  select id, author_id as "authorId", version, array_to_json(tag_list) as "tags"
  from article
  where slug = $1
  for update`,
)

/** What is null stays as it is; tags are replaced. */
export const updateArticleById = statement<
  ArticleRow,
  [
    id: number,
    slugBase: string | null,
    title: string | null,
    description: string | null,
    body: string | null,
    tags: readonly string[] | null,
  ]
>(
  'update_article_by_id',
  `
  with touched as (
    select id, name, name = any($6::text[]) as wanted
    from tag
    where $6::text[] is not null and id in (
      select id from tag where name = any($6::text[])
      union
      select tag_id from article_tag where article_id = $1
    )
    order by id
    for update
  ), article as (
    update article
    set slug = coalesce($2::text || '-' || id, slug),
      title = coalesce($3, title),
      description = coalesce($4, description),
      body = coalesce($5, body),
      tag_list = coalesce($6::text[], tag_list),
      version = version + 1,
      updated_at = now()
    where id = $1
    returning *
  ), untagging as (
    delete from article_tag
    using touched
    where article_id = $1 and tag_id = touched.id and not touched.wanted
  ), tagging as (
    insert into article_tag (article_id, tag_id, article_created_at)
    select article.id, touched.id, article.created_at
    from article, touched
    where touched.wanted
    on conflict do nothing
  )
  select ${articleColumns}
  from article`,
)

/** With its tags, favourites and comments, by the keys that refer to it. */
export const deleteArticleById = statement<never, [id: number]>(
  'delete_article_by_id',
  `
  with tagged as (
    select id from tag
    where id in (select tag_id from article_tag where article_id = $1)
    order by id
    for update
  )
  delete from article
  using (select count(*) from tagged) as locked
  where id = $1`,
)
