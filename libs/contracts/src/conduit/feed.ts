import Type, { type Static } from 'typebox'
import { operation } from '../operation.js'
import { Id, Timestamp } from '../schema.js'

/** An article as lists show it: without its body. */
export const ArticleSummary = Type.Object({
  id: Id,
  slug: Type.String(),
  title: Type.String(),
  description: Type.String(),
  tags: Type.Array(Type.String()),
  authorId: Id,
  favoritesCount: Type.Integer(),
  createdAt: Timestamp,
  updatedAt: Timestamp,
  version: Type.Integer(),
})
export type ArticleSummary = Static<typeof ArticleSummary>

export const ArticleRecord = Type.Object({ ...ArticleSummary.properties, body: Type.String() })
export type ArticleRecord = Static<typeof ArticleRecord>

/** The place of an article in the order of lists: newest first, among equals the higher id first. */
export const ArticlePosition = Type.Object({ createdAt: Timestamp, id: Id })
export type ArticlePosition = Static<typeof ArticlePosition>

export const ListArticles = Type.Object({
  limit: Type.Integer({ minimum: 1, maximum: 100 }),
  offset: Type.Integer({ minimum: 0 }),
  /** Only articles after this position; deep pages then cost no more than the first. */
  after: Type.Optional(ArticlePosition),
  tag: Type.Optional(Type.String()),
  authorId: Type.Optional(Id),
  favoritedById: Type.Optional(Id),
})
export type ListArticles = Static<typeof ListArticles>

export const ArticlePage = Type.Object({
  articles: Type.Array(ArticleSummary),
  count: Type.Integer(),
  /** The last article's position, where more follow. */
  next: Type.Optional(ArticlePosition),
})
export type ArticlePage = Static<typeof ArticlePage>

const BySlug = Type.Object({ slug: Type.String() })
const Nothing = Type.Object({})

export const feedContract = {
  /** Newest articles first; `count` is of the whole filter, not of the page. */
  listArticles: operation({
    subject: 'feed.listArticles',
    input: ListArticles,
    output: ArticlePage,
    idempotent: true,
    timeoutMs: 2_000,
  }),

  /** One article with its body; `NOT_FOUND` where there is none. */
  getArticle: operation({
    subject: 'feed.getArticle',
    input: BySlug,
    output: ArticleRecord,
    idempotent: true,
    timeoutMs: 2_000,
  }),

  /** Whether there is such an article: EXISTS, none of its columns. */
  articleExists: operation({
    subject: 'feed.articleExists',
    input: BySlug,
    output: Type.Object({ exists: Type.Boolean() }),
    idempotent: true,
    timeoutMs: 2_000,
  }),

  /** The most used tags first, at most a hundred. */
  listTags: operation({
    subject: 'feed.listTags',
    input: Nothing,
    output: Type.Object({ tags: Type.Array(Type.String()) }),
    idempotent: true,
    timeoutMs: 2_000,
  }),
}
