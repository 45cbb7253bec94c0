import Type from 'typebox'
import { type Event, event } from '../event.js'
import { Id } from '../schema.js'

/*
 * What has happened, in ids. Names and addresses are asked for when they are needed: they may have changed by then, and
 * events are kept. A slug is one that the article had at the time.
 */

const Version = Type.Integer()
const Account = Type.Object({ userId: Id, version: Version })
const Follow = Type.Object({ followerId: Id, followeeId: Id })
const ArticleChange = Type.Object({ articleId: Id, authorId: Id, slug: Type.String(), version: Version })
const Favorite = Type.Object({ articleId: Id, userId: Id, articleAuthorId: Id, slug: Type.String() })

export const userRegistered = event({
  subject: 'events.user.registered',
  aggregate: ['user', 'userId'],
  data: Account,
})

export const userUpdated = event({ subject: 'events.user.updated', aggregate: ['user', 'userId'], data: Account })

export const userFollowed = event({
  subject: 'events.user.followed',
  aggregate: ['follow', 'followerId', 'followeeId'],
  data: Follow,
})

export const userUnfollowed = event({
  subject: 'events.user.unfollowed',
  aggregate: ['follow', 'followerId', 'followeeId'],
  data: Follow,
})

export const articlePublished = event({
  subject: 'events.article.published',
  aggregate: ['article', 'articleId'],
  data: ArticleChange,
})

export const articleUpdated = event({
  subject: 'events.article.updated',
  aggregate: ['article', 'articleId'],
  data: Type.Object({
    ...ArticleChange.properties,
    /** Where the slug has changed: nobody can look up by it any more. */
    formerSlug: Type.Optional(Type.String()),
  }),
})

/** Its comments and favourites have gone with it, and have no events of their own. */
export const articleDeleted = event({
  subject: 'events.article.deleted',
  aggregate: ['article', 'articleId'],
  data: ArticleChange,
})

export const articleFavorited = event({
  subject: 'events.article.favorited',
  aggregate: ['favorite', 'userId', 'articleId'],
  data: Favorite,
})

export const articleUnfavorited = event({
  subject: 'events.article.unfavorited',
  aggregate: ['favorite', 'userId', 'articleId'],
  data: Favorite,
})

export const commentAdded = event({
  subject: 'events.comment.added',
  aggregate: ['comment', 'commentId'],
  data: Type.Object({
    commentId: Id,
    articleId: Id,
    articleAuthorId: Id,
    authorId: Id,
    slug: Type.String(),
    /** Of the article, when the comment was written. */
    title: Type.String(),
  }),
})

export const commentDeleted = event({
  subject: 'events.comment.deleted',
  aggregate: ['comment', 'commentId'],
  data: Type.Object({ commentId: Id, articleId: Id, authorId: Id, slug: Type.String() }),
})

/** All of them, for what has to know every one: the lock of layouts, and who reads dead letters. */
export const conduitEvents: readonly Event[] = [
  userRegistered,
  userUpdated,
  userFollowed,
  userUnfollowed,
  articlePublished,
  articleUpdated,
  articleDeleted,
  articleFavorited,
  articleUnfavorited,
  commentAdded,
  commentDeleted,
]
