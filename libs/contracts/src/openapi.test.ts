import { expect, test } from '@jest/globals'
import Type from 'typebox'
import { publicRoutes } from './conduit/public-api.js'
import { deriveOpenApi } from './openapi.js'
import { route } from './route.js'

const info = { title: 'Fastpath', version: '2.0.0', description: '' }
// biome-ignore lint/suspicious/noExplicitAny: a document is read by path here, as any client reads it.
const document: any = JSON.parse(JSON.stringify(deriveOpenApi(publicRoutes, info)))

/** RealWorld 2.0.0, as far as it is built: operation, query parameters, statuses, and the shape of the answer. */
const realWorld = [
  [
    'GetArticles',
    'get',
    '/api/articles',
    ['tag', 'author', 'favorited', 'offset', 'limit'],
    [200, 422],
    'MultipleArticlesResponse',
  ],
  ['GetArticle', 'get', '/api/articles/{slug}', [], [200, 404, 422], 'SingleArticleResponse'],
  ['GetTags', 'get', '/api/tags', [], [200, 422], 'TagsResponse'],
  ['GetProfileByUsername', 'get', '/api/profiles/{username}', [], [200, 404, 422], 'ProfileResponse'],
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
  ['ProfileResponse', ['profile']],
  ['GenericErrorModel', ['errors']],
] as const

test.each(realWorld)('%s is there: %s %s', (id, method, path, query, statuses, reply) => {
  const operation = document.paths[path]?.[method]
  expect(operation?.operationId).toBe(id)
  const named = (place: string) =>
    operation.parameters
      .filter((parameter: { in: string }) => parameter.in === place)
      .map(({ name }: { name: string }) => name)
  expect(named('query')).toEqual(expect.arrayContaining([...query]))
  expect(named('path')).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))
  expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(statuses.map(String)))
  expect(operation.responses[200].content['application/json'].schema).toEqual({ $ref: `#/components/schemas/${reply}` })
})

test.each(shapes)('the shape of %s requires what clients read', (name, fields) => {
  const shape = document.components.schemas[name]
  expect(shape?.required.toSorted()).toEqual(fields.toSorted())
  expect(Object.keys(shape.properties).toSorted()).toEqual(fields.toSorted())
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
