import Type from 'typebox'
import { type Event, event } from '../event.js'
import { Id } from '../schema.js'
import { cacheTags, listsOfArticle } from './cache-tags.js'

/*
 * What has happened, in ids. Names and addresses are asked for when they are needed: they may have changed by then, and
 * events are kept. A slug is one that the article had at the time. `tags` says which cached values are no longer true.
 */

const Version = Type.Integer()
const Account = Type.Object({ userId: Id, version: Version })
const Follow = Type.Object({ followerId: Id, followeeId: Id })
const ArticleChange = Type.Object({ articleId: Id, authorId: Id, slug: Type.String(), version: Version })
const Favorite = Type.Object({ articleId: Id, userId: Id, articleAuthorId: Id, slug: Type.String() })
/** Of the lists that an article has entered or left by it. Absent in what an older release has written. */
const Listed = { tags: Type.Optional(Type.Array(Type.String())) }

const { user, unknownNames, followedBy, article, slug, popularTags, deletions, favoritesOf, commentsOf } = cacheTags
const tagsOfAccount = ({ userId }: { readonly userId: number }) => [user(userId), unknownNames]
const tagsOfFollow = ({ followerId }: { readonly followerId: number }) => [followedBy(followerId)]
const tagsOfFavorite = (data: { readonly articleId: number; readonly userId: number }) => [
  article(data.articleId),
  favoritesOf(data.userId),
]
const listsOf = ({ authorId, tags = [] }: { readonly authorId: number; readonly tags?: readonly string[] }) => [
  popularTags,
  ...listsOfArticle({ authorId, tags }),
]

export const userRegistered = event({
  subject: 'events.user.registered',
  aggregate: ['user', 'userId'],
  data: Account,
  tags: tagsOfAccount,
})

export const userUpdated = event({
  subject: 'events.user.updated',
  aggregate: ['user', 'userId'],
  data: Account,
  tags: tagsOfAccount,
})

export const userFollowed = event({
  subject: 'events.user.followed',
  aggregate: ['follow', 'followerId', 'followeeId'],
  data: Follow,
  tags: tagsOfFollow,
})

export const userUnfollowed = event({
  subject: 'events.user.unfollowed',
  aggregate: ['follow', 'followerId', 'followeeId'],
  data: Follow,
  tags: tagsOfFollow,
})

export const articlePublished = event({
  subject: 'events.article.published',
  aggregate: ['article', 'articleId'],
  data: Type.Object({ ...ArticleChange.properties, ...Listed }),
  tags: (data) => [slug(data.slug), ...listsOf(data)],
})

export const articleUpdated = event({
  subject: 'events.article.updated',
  aggregate: ['article', 'articleId'],
  data: Type.Object({
    ...ArticleChange.properties,
    /** Where the slug has changed: nobody can look up by it any more. */
    formerSlug: Type.Optional(Type.String()),
    ...Listed,
  }),
  // Under its old slug by its id; under a new one it was unknown. Only tags move it between lists.
  tags: ({ articleId, formerSlug, tags = [], ...data }) => [
    article(articleId),
    slug(data.slug),
    ...(formerSlug === undefined ? [] : [commentsOf(formerSlug)]),
    ...(tags.length === 0 ? [] : [popularTags, ...tags.map(cacheTags.articlesTagged)]),
  ],
})

/** Its comments and favourites have gone with it, and have no events of their own. */
export const articleDeleted = event({
  subject: 'events.article.deleted',
  aggregate: ['article', 'articleId'],
  data: Type.Object({ ...ArticleChange.properties, ...Listed }),
  tags: (data) => [article(data.articleId), commentsOf(data.slug), deletions, ...listsOf(data)],
})

export const articleFavorited = event({
  subject: 'events.article.favorited',
  aggregate: ['favorite', 'userId', 'articleId'],
  data: Favorite,
  tags: tagsOfFavorite,
})

export const articleUnfavorited = event({
  subject: 'events.article.unfavorited',
  aggregate: ['favorite', 'userId', 'articleId'],
  data: Favorite,
  tags: tagsOfFavorite,
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
  tags: (data) => [commentsOf(data.slug)],
})

export const commentDeleted = event({
  subject: 'events.comment.deleted',
  aggregate: ['comment', 'commentId'],
  data: Type.Object({ commentId: Id, articleId: Id, authorId: Id, slug: Type.String() }),
  tags: (data) => [commentsOf(data.slug)],
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
