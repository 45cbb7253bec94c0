import Type, { type Static } from 'typebox'
import { DateTime, Nullable } from '../../schema.js'

/** The shapes of RealWorld ("Conduit") 2.0.0, as its clients read them. */

export const Profile = Type.Object(
  {
    username: Type.String(),
    bio: Nullable(Type.String()),
    image: Nullable(Type.String()),
    following: Type.Boolean(),
  },
  { title: 'Profile' },
)
export type Profile = Static<typeof Profile>

/** An account, as only its owner sees it. */
export const User = Type.Object(
  {
    email: Type.String(),
    token: Type.String(),
    username: Type.String(),
    bio: Nullable(Type.String()),
    image: Nullable(Type.String()),
  },
  { title: 'User' },
)
export type User = Static<typeof User>

const listed = {
  slug: Type.String(),
  title: Type.String(),
  description: Type.String(),
  tagList: Type.Array(Type.String()),
  createdAt: DateTime,
  updatedAt: DateTime,
  favorited: Type.Boolean(),
  favoritesCount: Type.Integer(),
  author: Profile,
}

export const ListedArticle = Type.Object(listed, { title: 'ListedArticle', description: 'Lists carry no `body`.' })
export type ListedArticle = Static<typeof ListedArticle>

export const Article = Type.Object({ ...listed, body: Type.String() }, { title: 'Article' })
export type Article = Static<typeof Article>

export const Comment = Type.Object(
  {
    id: Type.Integer(),
    createdAt: DateTime,
    updatedAt: DateTime,
    body: Type.String(),
    author: Profile,
  },
  { title: 'Comment' },
)
export type Comment = Static<typeof Comment>

export const UserResponse = Type.Object({ user: User }, { title: 'UserResponse' })
export const ProfileResponse = Type.Object({ profile: Profile }, { title: 'ProfileResponse' })
export const SingleArticleResponse = Type.Object({ article: Article }, { title: 'SingleArticleResponse' })
export const MultipleArticlesResponse = Type.Object(
  { articles: Type.Array(ListedArticle), articlesCount: Type.Integer() },
  { title: 'MultipleArticlesResponse' },
)
export const SingleCommentResponse = Type.Object({ comment: Comment }, { title: 'SingleCommentResponse' })
export const MultipleCommentsResponse = Type.Object(
  { comments: Type.Array(Comment) },
  { title: 'MultipleCommentsResponse' },
)
export const TagsResponse = Type.Object({ tags: Type.Array(Type.String()) }, { title: 'TagsResponse' })
