export {
  type ArticlePage,
  type ArticlePosition,
  type ArticleRecord,
  type ArticleSummary,
  feedContract,
  type ListArticles,
} from './conduit/feed.js'
export {
  type Article,
  getArticle,
  getArticles,
  getProfile,
  getTags,
  headArticle,
  type ListedArticle,
  maxPageSize,
  type Profile,
  publicRoutes,
} from './conduit/public-api.js'
export { type UserProfile, userContract } from './conduit/user.js'
export { type ErrorCode, type ErrorFields, errorTable, isErrorCode, ServiceError, toServiceError } from './errors.js'
export { type Event, event } from './event.js'
export { compileJsonWriter } from './json-writer.js'
export { compileLayout, type Layout } from './layout/compile.js'
export { decode } from './layout/decode.js'
export { encode } from './layout/encode.js'
export { LayoutError } from './layout/layout-error.js'
export { deriveOpenApi } from './openapi.js'
export { type Contract, type InputOf, type Operation, type OutputOf, operation } from './operation.js'
export { type ParamsOf, type QueryOf, type ReplyOf, type Route, route } from './route.js'
export { DateTime, ErrorReply, Id, Nullable, Timestamp } from './schema.js'
export { compileTextCheck } from './validation.js'
