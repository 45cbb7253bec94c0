import type { Route } from '../route.js'
import { createUser, getCurrentUser, logIn, updateCurrentUser } from './public/accounts.js'
import {
  createArticle,
  deleteArticle,
  favoriteArticle,
  getArticle,
  getArticles,
  getArticlesFeed,
  getTags,
  headArticle,
  unfavoriteArticle,
  updateArticle,
} from './public/articles.js'
import { createComment, deleteComment, getComments } from './public/comments.js'
import { followUser, getProfile, unfollowUser } from './public/profiles.js'

/** The public API: RealWorld ("Conduit") 2.0.0, and what we add to it. */
export const publicRoutes: readonly Route[] = [
  createUser,
  logIn,
  getCurrentUser,
  updateCurrentUser,
  getProfile,
  followUser,
  unfollowUser,
  getArticles,
  getArticlesFeed,
  createArticle,
  getArticle,
  headArticle,
  updateArticle,
  deleteArticle,
  favoriteArticle,
  unfavoriteArticle,
  getComments,
  createComment,
  deleteComment,
  getTags,
]
