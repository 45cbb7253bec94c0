import { commentAdded, commentDeleted, type feedContract } from '@fastpath/contracts'
import type { Handlers, Outbox } from '@fastpath/messaging'
import type { Pool } from '@fastpath/pooling'
import {
  commentsOfArticle,
  deleteCommentOf,
  insertComment,
  maxComments,
  maxCommentsBytes,
} from '../queries/comments.js'
import { forbidden, notFound, viewerIdOf } from './refusals.js'

type FeedHandlers = Handlers<typeof feedContract>

interface Deps {
  readonly pool: Pool
  readonly outbox: Outbox
}

export const listComments =
  ({ pool }: Pick<Deps, 'pool'>): FeedHandlers['listComments'] =>
  async (call, { slug, after = 0 }) => {
    const rows = await pool.run(call, commentsOfArticle, [slug, after])
    if (rows.length === 0) throw notFound('article', slug)
    const found = rows.filter((row) => row.id !== null)
    const comments = found.slice(0, maxComments).filter(({ bytesSoFar }) => bytesSoFar <= maxCommentsBytes)
    const last = comments.at(-1)
    return found.length > comments.length && last ? { comments, next: last.id } : { comments }
  }

export const addComment =
  ({ outbox }: Deps): FeedHandlers['addComment'] =>
  async (call, { slug, body }) => {
    const authorId = viewerIdOf(call)
    return outbox.transaction(call, async (tx) => {
      const added = await tx.one(insertComment, [slug, authorId, body])
      if (!added) throw notFound('article', slug)
      const { articleId, articleAuthorId, title, ...comment } = added
      await tx.emit(commentAdded, { commentId: comment.id, articleId, articleAuthorId, authorId, slug, title })
      return comment
    })
  }

export const deleteComment =
  ({ outbox }: Deps): FeedHandlers['deleteComment'] =>
  async (call, { slug, id }) => {
    const viewerId = viewerIdOf(call)
    await outbox.transaction(call, async (tx) => {
      const found = await tx.one(deleteCommentOf, [slug, id, viewerId])
      if (!found) throw notFound('article', slug)
      const { articleId, authorId, deleted } = found
      if (authorId === null) throw notFound('comment', id)
      if (authorId !== viewerId) throw forbidden('comment', id)
      // Somebody else has deleted it in the same moment.
      if (!deleted) throw notFound('comment', id)
      await tx.emit(commentDeleted, { commentId: id, articleId, authorId, slug })
    })
    return {}
  }
