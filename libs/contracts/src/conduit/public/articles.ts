import Type from 'typebox'
import { route } from '../../route.js'
import { Name, NewArticleRequest, Paging, SlugParams, UpdateArticleRequest } from './inputs.js'
import { kept } from './kept.js'
import { MultipleArticlesResponse, SingleArticleResponse, TagsResponse } from './shapes.js'

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
  reply: MultipleArticlesResponse,
  auth: 'optional',
  cache: kept,
  errors: [],
  budgetMs: 50,
})

export const getArticlesFeed = route({
  id: 'GetArticlesFeed',
  summary: 'Newest articles of the users that the reader follows',
  tag: 'Articles',
  method: 'get',
  path: '/api/articles/feed',
  query: Type.Object(Paging),
  status: 200,
  reply: MultipleArticlesResponse,
  auth: 'required',
  errors: [],
  budgetMs: 50,
})

export const createArticle = route({
  id: 'CreateArticle',
  summary: 'Write an article',
  tag: 'Articles',
  method: 'post',
  path: '/api/articles',
  body: NewArticleRequest,
  status: 201,
  reply: SingleArticleResponse,
  auth: 'required',
  errors: [],
  budgetMs: 100,
})

export const getArticle = route({
  id: 'GetArticle',
  summary: 'One article',
  tag: 'Articles',
  method: 'get',
  path: '/api/articles/:slug',
  params: SlugParams,
  status: 200,
  reply: SingleArticleResponse,
  auth: 'optional',
  cache: kept,
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

export const updateArticle = route({
  id: 'UpdateArticle',
  summary: 'Change an article of one’s own; a new title gives a new slug',
  tag: 'Articles',
  method: 'put',
  path: '/api/articles/:slug',
  params: SlugParams,
  body: UpdateArticleRequest,
  status: 200,
  reply: SingleArticleResponse,
  auth: 'required',
  errors: ['FORBIDDEN', 'NOT_FOUND'],
  budgetMs: 100,
})

export const deleteArticle = route({
  id: 'DeleteArticle',
  summary: 'Delete an article of one’s own',
  tag: 'Articles',
  method: 'delete',
  path: '/api/articles/:slug',
  params: SlugParams,
  status: 204,
  auth: 'required',
  errors: ['FORBIDDEN', 'NOT_FOUND'],
  budgetMs: 100,
})

export const favoriteArticle = route({
  id: 'CreateArticleFavorite',
  summary: 'Favourite an article',
  tag: 'Favorites',
  method: 'post',
  path: '/api/articles/:slug/favorite',
  params: SlugParams,
  status: 200,
  reply: SingleArticleResponse,
  auth: 'required',
  errors: ['NOT_FOUND'],
  budgetMs: 50,
})

export const unfavoriteArticle = route({
  id: 'DeleteArticleFavorite',
  summary: 'Favourite an article no longer',
  tag: 'Favorites',
  method: 'delete',
  path: '/api/articles/:slug/favorite',
  params: SlugParams,
  status: 200,
  reply: SingleArticleResponse,
  auth: 'required',
  errors: ['NOT_FOUND'],
  budgetMs: 50,
})

export const getTags = route({
  id: 'GetTags',
  summary: 'The most used tags',
  tag: 'Tags',
  method: 'get',
  path: '/api/tags',
  status: 200,
  reply: TagsResponse,
  auth: 'none',
  cache: kept,
  errors: [],
  budgetMs: 25,
})
