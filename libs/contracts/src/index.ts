export { cacheTags, listsOfArticle, tagsOfPage } from './conduit/cache-tags.js'
export {
  articleDeleted,
  articleFavorited,
  articlePublished,
  articleUnfavorited,
  articleUpdated,
  commentAdded,
  commentDeleted,
  conduitEvents,
  userFollowed,
  userRegistered,
  userUnfollowed,
  userUpdated,
} from './conduit/events.js'
export {
  type ArticlePage,
  type ArticlePosition,
  type ArticleRecord,
  type ArticleSummary,
  type CommentRecord,
  feedContract,
  type ListArticles,
  type ListFollowedArticles,
} from './conduit/feed.js'
export { createUser, getCurrentUser, logIn, updateCurrentUser } from './conduit/public/accounts.js'
export {
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
} from './conduit/public/articles.js'
export { createComment, deleteComment, getComments } from './conduit/public/comments.js'
export { maxPageSize } from './conduit/public/inputs.js'
export { followUser, getProfile, unfollowUser } from './conduit/public/profiles.js'
export {
  type Article,
  type Comment,
  ListedArticle,
  MultipleArticlesResponse,
  type Profile,
  type User,
} from './conduit/public/shapes.js'
export { publicRoutes } from './conduit/public-api.js'
export { conduitRights } from './conduit/rights.js'
export { type AccountRecord, type Contact, type SignedIn, type UserProfile, userContract } from './conduit/user.js'
export { type ErrorCode, type ErrorFields, errorTable, isErrorCode, ServiceError, toServiceError } from './errors.js'
export { type DataOf, type Event, type EventOptions, event } from './event.js'
export { compileJsonFragments, type JsonFragment, type JsonFragments, JsonText } from './json-fragments.js'
export { compileJsonWriter } from './json-writer.js'
export { compileLayout, type Layout } from './layout/compile.js'
export { decode } from './layout/decode.js'
export { encode } from './layout/encode.js'
export { LayoutError } from './layout/layout-error.js'
export { deriveOpenApi } from './openapi.js'
export { type Contract, type InputOf, type Operation, type OutputOf, operation } from './operation.js'
export type { Rights } from './rights.js'
export { type BodyOf, type CachePolicy, type ParamsOf, type QueryOf, type ReplyOf, type Route, route } from './route.js'
export { DateTime, ErrorReply, Id, Nullable, Timestamp } from './schema.js'
export { compileBodyCheck, compileTextCheck } from './validation.js'
