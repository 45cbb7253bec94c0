import { expect, test } from '@jest/globals'
import Type from 'typebox'
import { publicRoutes } from './conduit/public-api.js'
import { deriveOpenApi } from './openapi.js'
import { route } from './route.js'

const info = { title: 'Fastpath', version: '2.0.0', description: '' }
// biome-ignore lint/suspicious/noExplicitAny: a document is read by path here, as any client reads it.
const document: any = JSON.parse(JSON.stringify(deriveOpenApi(publicRoutes, info)))

/** RealWorld 2.0.0: operation, query parameters, statuses, the shape of the body and of the answer. */
const paging = ['offset', 'limit']
const realWorld = [
  ['Login', 'post', '/api/users/login', [], [200, 401, 422], 'LoginUser', 'UserResponse'],
  ['CreateUser', 'post', '/api/users', [], [201, 409, 422], 'NewUser', 'UserResponse'],
  ['GetCurrentUser', 'get', '/api/user', [], [200, 401, 422], '', 'UserResponse'],
  ['UpdateCurrentUser', 'put', '/api/user', [], [200, 401, 422], 'UpdateUser', 'UserResponse'],
  ['GetProfileByUsername', 'get', '/api/profiles/{username}', [], [200, 401, 404, 422], '', 'ProfileResponse'],
  ['FollowUserByUsername', 'post', '/api/profiles/{username}/follow', [], [200, 401, 404, 422], '', 'ProfileResponse'],
  [
    'UnfollowUserByUsername',
    'delete',
    '/api/profiles/{username}/follow',
    [],
    [200, 401, 404, 422],
    '',
    'ProfileResponse',
  ],
  ['GetArticlesFeed', 'get', '/api/articles/feed', paging, [200, 401, 422], '', 'MultipleArticlesResponse'],
  [
    'GetArticles',
    'get',
    '/api/articles',
    ['tag', 'author', 'favorited', ...paging],
    [200, 401, 422],
    '',
    'MultipleArticlesResponse',
  ],
  ['CreateArticle', 'post', '/api/articles', [], [201, 401, 422], 'NewArticle', 'SingleArticleResponse'],
  ['GetArticle', 'get', '/api/articles/{slug}', [], [200, 404, 422], '', 'SingleArticleResponse'],
  [
    'UpdateArticle',
    'put',
    '/api/articles/{slug}',
    [],
    [200, 401, 403, 404, 422],
    'UpdateArticle',
    'SingleArticleResponse',
  ],
  ['DeleteArticle', 'delete', '/api/articles/{slug}', [], [204, 401, 403, 404, 422], '', ''],
  [
    'GetArticleComments',
    'get',
    '/api/articles/{slug}/comments',
    [],
    [200, 401, 404, 422],
    '',
    'MultipleCommentsResponse',
  ],
  [
    'CreateArticleComment',
    'post',
    '/api/articles/{slug}/comments',
    [],
    [201, 401, 404, 422],
    'NewComment',
    'SingleCommentResponse',
  ],
  ['DeleteArticleComment', 'delete', '/api/articles/{slug}/comments/{id}', [], [204, 401, 403, 404, 422], '', ''],
  [
    'CreateArticleFavorite',
    'post',
    '/api/articles/{slug}/favorite',
    [],
    [200, 401, 404, 422],
    '',
    'SingleArticleResponse',
  ],
  [
    'DeleteArticleFavorite',
    'delete',
    '/api/articles/{slug}/favorite',
    [],
    [200, 401, 404, 422],
    '',
    'SingleArticleResponse',
  ],
  ['GetTags', 'get', '/api/tags', [], [200, 422], '', 'TagsResponse'],
] as const

const listed = [
  'author',
  'createdAt',
  'description',
  'favorited',
  'favoritesCount',
  'slug',
  'tagList',
  'title',
  'updatedAt',
]
const shapes = [
  ['Profile', ['bio', 'following', 'image', 'username']],
  ['Article', [...listed, 'body']],
  ['ListedArticle', listed],
  ['MultipleArticlesResponse', ['articles', 'articlesCount']],
  ['SingleArticleResponse', ['article']],
  ['TagsResponse', ['tags']],
  ['User', ['bio', 'email', 'image', 'token', 'username']],
  ['Comment', ['author', 'body', 'createdAt', 'id', 'updatedAt']],
  ['UserResponse', ['user']],
  ['SingleCommentResponse', ['comment']],
  ['MultipleCommentsResponse', ['comments']],
  ['ProfileResponse', ['profile']],
  ['GenericErrorModel', ['errors']],
] as const

test.each(realWorld)('%s is there: %s %s', (id, method, path, query, statuses, body, reply) => {
  const operation = document.paths[path]?.[method]
  expect(operation?.operationId).toBe(id)
  const named = (place: string) =>
    operation.parameters
      .filter((parameter: { in: string }) => parameter.in === place)
      .map(({ name }: { name: string }) => name)
  expect(named('query')).toEqual(expect.arrayContaining([...query]))
  expect(named('path')).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))
  expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(statuses.map(String)))
  const content = operation.responses[statuses[0]].content?.['application/json'].schema
  expect(content).toEqual(reply ? { $ref: `#/components/schemas/${reply}` } : undefined)
  const wrapped = Object.values(operation.requestBody?.content['application/json'].schema.properties ?? {})
  expect(wrapped).toEqual(body ? [{ $ref: `#/components/schemas/${body}` }] : [])
})

test.each(shapes)('the shape of %s requires what clients read', (name, fields) => {
  const shape = document.components.schemas[name]
  expect(shape?.required.toSorted()).toEqual(fields.toSorted())
  expect(Object.keys(shape.properties).toSorted()).toEqual(fields.toSorted())
})

test.each([
  ['NewUser', ['email', 'password', 'username'], ['email', 'password', 'username']],
  ['LoginUser', ['email', 'password'], ['email', 'password']],
  ['UpdateUser', [], ['bio', 'email', 'image', 'password', 'username']],
  ['NewArticle', ['body', 'description', 'title'], ['body', 'description', 'tagList', 'title']],
  ['UpdateArticle', [], ['body', 'description', 'tagList', 'title']],
  ['NewComment', ['body'], ['body']],
])('the shape of %s takes what clients send', (name, required, fields) => {
  const shape = document.components.schemas[name]
  expect((shape?.required ?? []).toSorted()).toEqual(required)
  expect(Object.keys(shape.properties).toSorted()).toEqual(fields)
})

test('bio and image may be null, lists have no body, times are date-times', () => {
  const { Profile, ListedArticle } = document.components.schemas
  expect(Profile.properties.bio.type).toEqual(['string', 'null'])
  expect(ListedArticle.properties.body).toBeUndefined()
  expect(ListedArticle.properties.createdAt).toMatchObject({ type: 'string', format: 'date-time' })
  expect(ListedArticle.properties.author).toEqual({ $ref: '#/components/schemas/Profile' })
})

test('every reference leads somewhere, and parameters with a default are optional', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
    ([, name]) => name,
  )
  expect(references.length).toBeGreaterThan(5)
  for (const name of references) expect(Object.keys(document.components.schemas)).toContain(name)
  const limit = document.paths['/api/articles'].get.parameters.find(({ name }: { name: string }) => name === 'limit')
  expect(limit).toMatchObject({ required: false, schema: { type: 'integer', minimum: 1, default: 20 } })
})

test('the budget of a route is told', () => {
  expect(document.paths['/api/articles'].get['x-latency-budget']).toBe(50)
})

test('two different shapes under one title are an error', () => {
  const of = (reply: ReturnType<typeof Type.Object>) =>
    route({
      id: 'X',
      summary: '',
      tag: '',
      method: 'get',
      path: '/x',
      status: 200,
      reply,
      auth: 'none',
      errors: [],
      budgetMs: 1,
    })
  const clash = [
    of(Type.Object({ a: Type.String() }, { title: 'T' })),
    of(Type.Object({ b: Type.String() }, { title: 'T' })),
  ]
  expect(() => deriveOpenApi(clash, info)).toThrow('two schemas are called T')
})
