import Type from 'typebox'
import { route } from '../../route.js'
import { Id } from '../../schema.js'
import { NewCommentRequest, SlugParams } from './inputs.js'
import { kept } from './kept.js'
import { MultipleCommentsResponse, SingleCommentResponse } from './shapes.js'

export const getComments = route({
  id: 'GetArticleComments',
  summary: 'Comments of an article, oldest first, at most 500 at a time',
  tag: 'Comments',
  method: 'get',
  path: '/api/articles/:slug/comments',
  params: SlugParams,
  query: Type.Object({
    after: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 2_147_483_647,
        description: 'The id of the last comment before, as the `Link: …; rel="next"` of the page before says.',
      }),
    ),
  }),
  status: 200,
  reply: MultipleCommentsResponse,
  auth: 'optional',
  cache: kept,
  errors: ['NOT_FOUND'],
  budgetMs: 50,
})

export const createComment = route({
  id: 'CreateArticleComment',
  summary: 'Comment on an article',
  tag: 'Comments',
  method: 'post',
  path: '/api/articles/:slug/comments',
  params: SlugParams,
  body: NewCommentRequest,
  status: 201,
  reply: SingleCommentResponse,
  auth: 'required',
  errors: ['NOT_FOUND'],
  budgetMs: 50,
})

export const deleteComment = route({
  id: 'DeleteArticleComment',
  summary: 'Delete a comment of one’s own',
  tag: 'Comments',
  method: 'delete',
  path: '/api/articles/:slug/comments/:id',
  params: Type.Object({ ...SlugParams.properties, id: Id }),
  status: 204,
  auth: 'required',
  errors: ['FORBIDDEN', 'NOT_FOUND'],
  budgetMs: 50,
})
