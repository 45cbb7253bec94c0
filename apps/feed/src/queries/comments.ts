import { statement } from '@fastpath/pooling'

export interface CommentRow {
  readonly id: number
  readonly body: string
  readonly authorId: number
  readonly createdAt: number
  readonly updatedAt: number
}

const commentColumns = `
    comment.id,
    comment.body,
    comment.author_id as "authorId",
    round(date_part('epoch', comment.created_at) * 1000) as "createdAt",
    round(date_part('epoch', comment.updated_at) * 1000) as "updatedAt"`

/** Of one page. */
export const maxComments = 500
/** Of the texts of one page: with all else around them they fit into one message of NATS, which takes 1 MB. */
export const maxCommentsBytes = 700_000

interface FoundComment extends CommentRow {
  /** Of the texts up to and with this one. */
  readonly bytesSoFar: number
}

/**
 * An article's comments after an id, oldest first, up to the first one that a page has no room for. One row with null for
 * an article without comments, none where there is no article.
 */
export const commentsOfArticle = statement<FoundComment | { readonly id: null }, [slug: string, after: number]>(
  'comments_of_article',
  `
  select ${commentColumns},
    comment.bytes_so_far as "bytesSoFar"
  from article
  left join lateral (
    select next.*, (sum(octet_length(body)) over (order by id))::integer as bytes_so_far
    from (
      select * from comment where article_id = article.id and id > $2 order by id limit ${maxComments + 1}
    ) as next
  ) as comment on bytes_so_far - octet_length(comment.body) <= ${maxCommentsBytes}
  where article.slug = $1
  order by comment.id`,
)

/** A comment, and the article that it is on. */
interface AddedComment extends CommentRow {
  readonly articleId: number
  readonly articleAuthorId: number
  readonly title: string
}

/** No row where there is no article. It is locked first: a reference to one that is just being deleted would be an error. */
export const insertComment = statement<AddedComment, [slug: string, authorId: number, body: string]>(
  'insert_comment',
  `
  with target as (
    select id, author_id, title from article where slug = $1 for key share
  ), comment as (
    insert into comment (article_id, author_id, body)
    select id, $2, $3 from target
    returning *
  )
  select ${commentColumns},
    target.id as "articleId",
    target.author_id as "articleAuthorId",
    target.title
  from comment, target`,
)

/** No row where there is no article; `authorId` null where it has no such comment; deleted where the author asks. */
export const deleteCommentOf = statement<
  { articleId: number; authorId: number | null; deleted: boolean },
  [slug: string, id: number, viewerId: number]
>(
  'delete_comment_of',
  `
  with found as (
    select article.id as article_id, comment.id, comment.author_id
    from article
    left join comment on comment.article_id = article.id and comment.id = $2
    where article.slug = $1
  ), gone as (
    delete from comment
    using found
    where comment.id = found.id and found.author_id = $3
    returning comment.id
  )
  select article_id as "articleId", author_id as "authorId", exists (select from gone) as deleted
  from found`,
)
