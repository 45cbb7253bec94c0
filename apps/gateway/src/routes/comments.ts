import { cacheTags, createComment, deleteComment, getComments } from '@fastpath/contracts'
import { type Answer, answer } from '../answer.js'
import type { Clients } from '../clients.js'
import { presentComment } from '../present/comments.js'
import { authorsOf } from '../surroundings.js'

export const comments = ({ feed, user }: Clients): Answer[] => [
  answer(getComments, async (call, { params, query, res, tag }) => {
    const { comments, next } = await feed.listComments(call, {
      slug: params.slug,
      ...(query.after !== undefined && { after: query.after }),
    })
    tag?.(cacheTags.commentsOf(params.slug), ...comments.map(({ authorId }) => cacheTags.user(authorId)))
    if (next !== undefined) {
      const path = getComments.path.replace(':slug', encodeURIComponent(params.slug))
      res.setHeader('link', `<${path}?after=${next}>; rel="next"`)
    }
    return { comments: comments.map(presentComment(await authorsOf(user, call, comments))) }
  }),

  answer(createComment, async (call, { params, body }) => {
    const comment = await feed.addComment(call, { slug: params.slug, body: body.comment.body })
    return { comment: presentComment(await authorsOf(user, call, [comment], { following: false }))(comment) }
  }),

  answer(deleteComment, async (call, { params }) => {
    await feed.deleteComment(call, { slug: params.slug, id: params.id })
  }),
]
