import { expect, test } from '@jest/globals'
import Type from 'typebox'
import { layoutChanges } from './changes.js'
import { compileLayout } from './compile.js'

const profile = { id: Type.Integer(), username: Type.String() }
const page = (author: object, more: object = {}) =>
  Type.Object({
    articles: Type.Array(Type.Object({ slug: Type.String(), author: Type.Object({ ...author }) })),
    ...more,
  })
const locked = compileLayout(page(profile))

const text = Type.String()
const optional = Type.Optional(text)

test('a description is a line a field', () => {
  const schema = Type.Object({
    'content-type': Type.Enum(['a', 'b']),
    bio: Type.Optional(Type.Unsafe({ type: ['string', 'null'] })),
    lists: Type.Array(Type.Array(Type.Unsafe({ type: ['object', 'null'], properties: { n: Type.Number() } }))),
  })
  expect(compileLayout(schema).description).toEqual([
    'record',
    '  "content-type": "a" | "b"',
    '  bio?: string | null',
    '  lists: (record | null)[][]',
    '    n?: number',
  ])
})

test.each([
  ['nothing', page(profile)],
  ['an optional field', page(profile, { note: optional })],
  ['an optional field far inside', page({ ...profile, bio: optional })],
  ['an optional field with required parts', page(profile, { next: Type.Optional(Type.Object({ slug: text })) })],
  ['an optional field with a strange name', page(profile, { 'a: "b"?': optional })],
])('to append %s is no change, and leaves the fingerprint', (_, schema) => {
  const next = compileLayout(schema)
  expect(layoutChanges(locked.description, next.description)).toEqual([])
  expect(next.fingerprint).toBe(locked.fingerprint)
})

test.each([
  ['a required field', page(profile, { note: text }), ["'note: string' is new and must be optional"]],
  [
    'a required field far inside',
    page({ ...profile, bio: text }),
    ["'articles.author.bio: string' is new and must be optional"],
  ],
  ['a field taken away', page({ id: Type.Integer() }), ["'articles.author.username: string' is gone"]],
  [
    'another type',
    page({ ...profile, id: text }),
    ["'articles.author.id: integer' has become 'articles.author.id: string'"],
  ],
  [
    'another name',
    page({ id: Type.Integer(), name: text }),
    ["'articles.author.username: string' has become 'articles.author.name: string'"],
  ],
  [
    'a required field made optional',
    page({ ...profile, username: optional }),
    ["'articles.author.username: string' has become 'articles.author.username?: string'"],
  ],
  [
    'an optional field in front',
    page({ bio: optional, ...profile }),
    [
      "'articles.author.id: integer' has become 'articles.author.bio?: string'",
      "'articles.author.username: string' has become 'articles.author.id: integer'",
      "'articles.author.username: string' is new and must be optional",
    ],
  ],
  ['another whole', Type.Array(text), ["'record' has become 'string[]'"]],
])('%s is told, and changes the fingerprint', (_, schema, problems) => {
  const next = compileLayout(schema)
  expect(layoutChanges(locked.description, next.description)).toEqual(problems)
  expect(next.fingerprint).not.toBe(locked.fingerprint)
})

test('a fingerprint is the same in every process', () => {
  expect(locked.fingerprint).toMatchInlineSnapshot(`1190389452`)
})
