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

/** What a reader of the personal feed asks for: the authors are those that the user service says the reader follows. */
export const ListFollowedArticles = Type.Object({
  authorIds: Type.Array(Id, { maxItems: 10_000 }),
  limit: Type.Integer({ minimum: 1, maximum: 100 }),
  offset: Type.Integer({ minimum: 0 }),
  after: Type.Optional(ArticlePosition),
})
export type ListFollowedArticles = Static<typeof ListFollowedArticles>

export const CommentRecord = Type.Object({
  id: Id,
  body: Type.String(),
  authorId: Id,
  createdAt: Timestamp,
  updatedAt: Timestamp,
})
export type CommentRecord = Static<typeof CommentRecord>

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

  /** Newest articles of the given authors first; `count` is of all of theirs. */
  listFollowedArticles: operation({
    subject: 'feed.listFollowedArticles',
    input: ListFollowedArticles,
    output: ArticlePage,
    idempotent: true,
    timeoutMs: 2_000,
  }),

  /** Which of these articles the viewer has favourited. */
  getFavorites: operation({
    subject: 'feed.getFavorites',
    input: Type.Object({ articleIds: Type.Array(Id, { maxItems: 1_000 }) }),
    output: Type.Object({ articleIds: Type.Array(Id) }),
    idempotent: true,
    timeoutMs: 2_000,
  }),

  /** Writes an article of the viewer's under a slug of its own. Tags come trimmed and once each. */
  createArticle: operation({
    subject: 'feed.createArticle',
    input: Type.Object({
      title: Type.String(),
      description: Type.String(),
      body: Type.String(),
      tags: Type.Array(Type.String()),
    }),
    output: ArticleRecord,
    idempotent: false,
    timeoutMs: 3_000,
  }),

  /** Changes what is given of an article of the viewer's; `NOT_FOUND`, or `FORBIDDEN` where it is another's. */
  updateArticle: operation({
    subject: 'feed.updateArticle',
    input: Type.Object({
      slug: Type.String(),
      title: Type.Optional(Type.String()),
      description: Type.Optional(Type.String()),
      body: Type.Optional(Type.String()),
      tags: Type.Optional(Type.Array(Type.String())),
    }),
    output: ArticleRecord,
    idempotent: false,
    timeoutMs: 3_000,
  }),

  /** Deletes an article of the viewer's with all that hangs on it; `NOT_FOUND`, or `FORBIDDEN` where it is another's. */
  deleteArticle: operation({
    subject: 'feed.deleteArticle',
    input: BySlug,
    output: Nothing,
    idempotent: false,
    timeoutMs: 3_000,
  }),

  /** The viewer favourites an article, which may have been one before; gives it with its new count. */
  favoriteArticle: operation({
    subject: 'feed.favoriteArticle',
    input: BySlug,
    output: ArticleRecord,
    idempotent: true,
    timeoutMs: 3_000,
  }),

  unfavoriteArticle: operation({
    subject: 'feed.unfavoriteArticle',
    input: BySlug,
    output: ArticleRecord,
    idempotent: true,
    timeoutMs: 3_000,
  }),

  /** Oldest first, as many as fit into one message, at most 500; `next` is the last one's id where more follow. */
  listComments: operation({
    subject: 'feed.listComments',
    input: Type.Object({ slug: Type.String(), after: Type.Optional(Type.Integer({ minimum: 0 })) }),
    output: Type.Object({ comments: Type.Array(CommentRecord), next: Type.Optional(Id) }),
    idempotent: true,
    timeoutMs: 2_000,
  }),

  /** The viewer comments on an article; `NOT_FOUND` where there is none. */
  addComment: operation({
    subject: 'feed.addComment',
    input: Type.Object({ slug: Type.String(), body: Type.String() }),
    output: CommentRecord,
    idempotent: false,
    timeoutMs: 3_000,
  }),

  /** Deletes a comment of the viewer's; `NOT_FOUND` (of the article or the comment), or `FORBIDDEN` where it is another's. */
  deleteComment: operation({
    subject: 'feed.deleteComment',
    input: Type.Object({ slug: Type.String(), id: Id }),
    output: Nothing,
    idempotent: false,
    timeoutMs: 3_000,
  }),
}
