import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import Type, { type TObject } from 'typebox'
import { ListedArticle, MultipleArticlesResponse, Profile } from './conduit/public/shapes.js'
import { compileJsonFragments, JsonText } from './json-fragments.js'
import { compileJsonWriter } from './json-writer.js'

const odd = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '"', '\\', '\u0000', '\u00000\u0000', '"\u00000\u0000"', '\\u0000', '\u2028', '</script>', '","'),
)
const date = fc.date({ noInvalidDate: true, min: new Date('0001-01-01'), max: new Date('9999-12-31') })
const article: fc.Arbitrary<ListedArticle> = fc.record({
  slug: odd,
  title: odd,
  description: odd,
  tagList: fc.array(odd, { maxLength: 4 }),
  createdAt: date,
  updatedAt: date,
  favorited: fc.boolean(),
  favoritesCount: fc.nat(),
  author: fc.record({ username: odd, bio: fc.option(odd), image: fc.option(odd), following: fc.boolean() }),
})

/** The same fields, the other way round. */
const reversed = <S extends TObject>(shape: S, fields: object = {}): S =>
  Type.Object(Object.fromEntries(Object.entries({ ...shape.properties, ...fields }).toReversed())) as unknown as S

test.each([
  ['as the contract has them', ListedArticle],
  ['the other way round', reversed(ListedArticle, { author: reversed(Profile) })],
  [
    'with one that may be absent before them',
    Type.Object({ draft: Type.Optional(Type.Boolean()), ...ListedArticle.properties }),
  ],
])('what was cut and filled is to the byte what is written at once: fields %s', (_, shape) => {
  const whole = compileJsonWriter(shape as typeof ListedArticle)
  const { cut, fill } = compileJsonFragments(shape as typeof ListedArticle, [
    'favoritesCount',
    'author.following',
    'favorited',
  ])
  fc.assert(
    fc.property(article, article, (value, { favoritesCount, favorited, author: { following } }) => {
      const filled = fill(cut(value), [favoritesCount, following, favorited])
      expect(filled).toBe(whole({ ...value, favoritesCount, favorited, author: { ...value.author, following } }))
    }),
    { numRuns: 500 },
  )
})

test('what was written already goes in as it is: the articles of a page', () => {
  const { cut, fill } = compileJsonFragments(MultipleArticlesResponse, ['articlesCount', 'articles'])
  const frame = cut({ articles: [], articlesCount: 0 })
  expect(fill(frame, [7, []])).toBe('{"articles":[],"articlesCount":7}')
  expect(fill(frame, [7, new JsonText('[1,2]')])).toBe('{"articles":[1,2],"articlesCount":7}')
})

const shape = Type.Object({
  a: Type.Integer(),
  maybe: Type.Optional(Type.Integer()),
  inner: Type.Object({ b: Type.Integer() }),
  list: Type.Array(Type.Object({ c: Type.Integer() })),
  nullable: Type.Unsafe<{ d: number } | null>({ ...Type.Object({ d: Type.Integer() }), type: ['object', 'null'] }),
})
test.each([
  [['gone'], '"gone"'],
  [['maybe'], '"maybe"'],
  [['inner.gone'], '"gone"'],
  [['list.c'], '"c"'],
  [['nullable.d'], '"d"'],
  [['a', 'a'], 'one another'],
  [['inner', 'inner.b'], '"b"'],
  [['inner.b', 'inner'], 'one another'],
])('holes at %j are refused when they are declared', (holes, says) => {
  expect(() => compileJsonFragments(shape, holes)).toThrow(says)
})

test('what lacks a required field is an error, not a broken answer', () => {
  const { cut, fill } = compileJsonFragments(shape, ['a'])
  const value = { a: 1, inner: { b: 2 }, list: [], nullable: null }
  expect(() => cut({ a: 1 } as never)).toThrow('required')
  expect(() => fill(cut(value), [undefined as never])).toThrow('"a" is required')
})
