import Type, { type Static } from 'typebox'
import { type Route, route } from '../route.js'
import { DateTime, Nullable } from '../schema.js'

/** The shapes and paths of RealWorld ("Conduit") 2.0.0, as its clients see them. */

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

/** How many articles a page has at the most: a higher `limit` is taken as this. */
export const maxPageSize = 100

const Paging = {
  offset: Type.Integer({ minimum: 0, maximum: 2_147_483_647, default: 0, description: 'How many to skip.' }),
  limit: Type.Integer({
    minimum: 1,
    default: 20,
    description: `How many to return; above ${maxPageSize} taken as ${maxPageSize}.`,
  }),
  cursor: Type.Optional(
    Type.String({
      pattern: '^[0-9a-z]{1,9}-[0-9a-z]{1,6}$',
      description:
        'Where the page before ended, as its `Link: …; rel="next"` says. Deep pages cost no more than the first.',
    }),
  ),
}

/** A name or slug in a URL. PostgreSQL's text can't hold NUL, so there is no such name. */
const Name = (description: string) => Type.String({ maxLength: 255, pattern: '^[^\\u0000]*$', description })
const SlugParams = Type.Object({ slug: Name('Slug of the article.') })

export const getArticles = route({
  id: 'GetArticles',
  summary: 'Newest articles first, all or by a filter',
  tag: 'Articles',
  method: 'get',
  path: '/api/articles',
  query: Type.Object({
    tag: Type.Optional(Name('Filter by tag.')),
    author: Type.Optional(Name('Filter by author (username).')),
    favorited: Type.Optional(Name('Filter by favourites of a user (username).')),
    ...Paging,
  }),
  status: 200,
  reply: Type.Object(
    { articles: Type.Array(ListedArticle), articlesCount: Type.Integer() },
    { title: 'MultipleArticlesResponse' },
  ),
  auth: 'optional',
  errors: [],
  budgetMs: 50,
})

export const getArticle = route({
  id: 'GetArticle',
  summary: 'One article',
  tag: 'Articles',
  method: 'get',
  path: '/api/articles/:slug',
  params: SlugParams,
  status: 200,
  reply: Type.Object({ article: Article }, { title: 'SingleArticleResponse' }),
  auth: 'optional',
  errors: ['NOT_FOUND'],
  budgetMs: 50,
})

export const headArticle = route({
  id: 'ArticleExists',
  summary: 'Whether there is such an article',
  tag: 'Articles',
  method: 'head',
  path: '/api/articles/:slug',
  params: SlugParams,
  status: 200,
  auth: 'none',
  errors: ['NOT_FOUND'],
  budgetMs: 25,
})

export const getTags = route({
  id: 'GetTags',
  summary: 'The most used tags',
  tag: 'Tags',
  method: 'get',
  path: '/api/tags',
  status: 200,
  reply: Type.Object({ tags: Type.Array(Type.String()) }, { title: 'TagsResponse' }),
  auth: 'none',
  errors: [],
  budgetMs: 25,
})

export const getProfile = route({
  id: 'GetProfileByUsername',
  summary: 'A profile',
  tag: 'Profile',
  method: 'get',
  path: '/api/profiles/:username',
  params: Type.Object({ username: Name('Username of the profile.') }),
  status: 200,
  reply: Type.Object({ profile: Profile }, { title: 'ProfileResponse' }),
  auth: 'optional',
  errors: ['NOT_FOUND'],
  budgetMs: 25,
})

export const publicRoutes: readonly Route[] = [getArticles, getArticle, headArticle, getTags, getProfile]
