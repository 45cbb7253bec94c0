import type { feedContract } from '@fastpath/contracts'
import type { Handlers, Outbox } from '@fastpath/messaging'
import type { Pool } from '@fastpath/pooling'
import { createArticle, deleteArticle, updateArticle } from './article-writes.js'
import { articleExists, getArticle, listArticles } from './articles.js'
import { addComment, deleteComment, listComments } from './comments.js'
import { favoriteArticle, getFavorites, unfavoriteArticle } from './favorites.js'
import { listFollowedArticles } from './followed-articles.js'
import { listTags } from './tags.js'

export interface Deps {
  readonly pool: Pool
  readonly outbox: Outbox
}

/** One handler for each operation of the contract; a missing one does not compile. */
export const createHandlers = (deps: Deps): Handlers<typeof feedContract> => ({
  listArticles: listArticles(deps),
  getArticle: getArticle(deps),
  articleExists: articleExists(deps),
  listTags: listTags(deps),
  listFollowedArticles: listFollowedArticles(deps),
  getFavorites: getFavorites(deps),
  createArticle: createArticle(deps),
  updateArticle: updateArticle(deps),
  deleteArticle: deleteArticle(deps),
  favoriteArticle: favoriteArticle(deps),
  unfavoriteArticle: unfavoriteArticle(deps),
  listComments: listComments(deps),
  addComment: addComment(deps),
  deleteComment: deleteComment(deps),
})
