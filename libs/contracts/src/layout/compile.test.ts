import { describe, expect, test } from '@jest/globals'
import Type, { type Static, type TSchema } from 'typebox'
import { compileLayout, type Layout } from './compile.js'
import { decode } from './decode.js'
import { encode } from './encode.js'
import { LayoutError } from './layout-error.js'

const Nullable = <S extends TSchema & { type: string }>(schema: S) =>
  Type.Unsafe<Static<S> | null>({ ...schema, type: [schema.type, 'null'] })

const Profile = Type.Object({
  id: Type.Integer(),
  username: Type.String(),
  bio: Nullable(Type.String()),
  image: Type.Optional(Nullable(Type.String())),
})
const Article = Type.Object({
  slug: Type.String(),
  tags: Type.Array(Type.String()),
  createdAt: Type.Integer(),
  status: Type.Enum(['draft', 'published']),
  author: Type.Optional(Profile),
})
const Page = Type.Object({ articles: Type.Array(Article), scores: Type.Array(Type.Number()), count: Type.Integer() })

const jake = { id: 1, username: 'jake', bio: null }
const page: Static<typeof Page> = {
  articles: [
    { slug: 'a', tags: ['x', 'yy'], createdAt: 1_700_000_000_000, status: 'draft' },
    { slug: 'bcd', tags: [], createdAt: -1, status: 'published', author: { ...jake, image: null } },
  ],
  scores: [0.5, 1],
  count: 2,
}

const sent = <T>(layout: Layout<T>, value: T): T => layout.fromWire(decode(encode(layout.toWire(value))))

const failure = (act: () => unknown): Pick<LayoutError, 'code' | 'path'> => {
  try {
    act()
  } catch (error) {
    if (error instanceof LayoutError) return { code: error.code, path: error.path }
    throw error
  }
  throw new Error('did not fail')
}

describe('the wire form', () => {
  test('of a record is its fields in order, with presence bits in front of the first optional one', () => {
    const layout = compileLayout<Static<typeof Profile>>(Profile)
    expect(layout.toWire({ ...jake, image: 'j.png' })).toEqual([1, 'jake', null, 1, 'j.png'])
    expect(layout.toWire({ ...jake, image: null })).toEqual([1, 'jake', null, 1, null])
    expect(layout.toWire(jake)).toEqual([1, 'jake', null, 0, null])
  })

  test('of large integers that lie together is the first and the differences', () => {
    const Times = Type.Array(Type.Object({ at: Type.Integer() }))
    const layout = compileLayout<Static<typeof Times>>(Times)
    const wireOf = (...all: number[]) => layout.toWire(all.map((at) => ({ at })))
    const now = 1_700_000_000_000
    expect(wireOf(now, now - 60_000, now)).toEqual(['', 3, [[null, now, -60_000, 60_000]]])
    // Small ones, a single one, and such as lie too far apart stay as they are.
    expect(wireOf(1, now)).toEqual(['', 2, [[1, now]]])
    expect(wireOf(now)).toEqual(['', 1, [[now]]])
    expect(wireOf(now, 0)).toEqual(['', 2, [[now, 0]]])
    for (const all of [
      [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 1],
      [now, now + 2 ** 32],
      [-now, -now - 7],
    ]) {
      expect(
        sent(
          layout,
          all.map((at) => ({ at })),
        ),
      ).toEqual(all.map((at) => ({ at })))
    }
    for (const hostile of [
      [null],
      [null, 1],
      [null, 1, 0.5],
      [null, 'x', 1],
      [null, Number.MAX_SAFE_INTEGER, 1],
      [null, 1, 2, 3],
    ]) {
      expect(failure(() => layout.fromWire(['', 2, [hostile]])).code).toBe('UNREADABLE')
    }
  })

  test('of a list of records is columnar, with one text for all its strings', () => {
    const [articles, ...others] = compileLayout<Static<typeof Page>>(Page).toWire(page) as unknown[]
    expect(others).toEqual([[0.5, 1], 2])
    expect(articles).toEqual([
      'abcdxyydraftpublishedjake',
      2,
      [
        [0, 1, 3],
        [
          [2, 0],
          [4, 1, 2],
        ],
        [1_700_000_000_000, -1],
        [7, 5, 9],
        [
          [2, 0],
          [[1], [21, 4], [[1], [25]], [[1], [25]]],
        ],
      ],
    ])
  })

  test('comes back as the same value, absent keys absent', () => {
    const layout = compileLayout<Static<typeof Page>>(Page)
    expect(sent(layout, page)).toStrictEqual(page)
    expect(Object.keys(sent(layout, page).articles[0] ?? {})).not.toContain('author')
    expect(sent(layout, { articles: [], scores: [], count: 0 })).toStrictEqual({ articles: [], scores: [], count: 0 })
  })

  test('leaves out what the schema does not declare, and keys that are undefined', () => {
    const layout = compileLayout<object>(Profile)
    expect(sent(layout, { ...jake, image: undefined, password: 'secret' })).toStrictEqual(jake)
  })

  test('holds a list, a scalar, an empty record or null as the whole value', () => {
    expect(sent(compileLayout(Type.Array(Type.Array(Type.Integer()))), [[1], [], [2, 3]])).toEqual([[1], [], [2, 3]])
    expect(sent(compileLayout(Type.String()), 'x')).toBe('x')
    expect(sent(compileLayout(Type.Object({})), {})).toEqual({})
    expect(sent(compileLayout(Type.Array(Type.Object({}))), [{}, {}])).toEqual([{}, {}])
    expect(sent(compileLayout(Nullable(Profile)), null)).toBeNull()
  })

  test('takes more optional fields than one word of presence bits holds', () => {
    const names = Array.from({ length: 70 }, (_, index) => `field${index}`)
    const layout = compileLayout<Record<string, number>>(
      Type.Object(Object.fromEntries(names.map((name) => [name, Type.Optional(Type.Integer())]))),
    )
    for (const step of [1, 2, 3, 31, 69]) {
      const value = Object.fromEntries(
        names.filter((_, index) => index % step === 0).map((name, index) => [name, index]),
      )
      expect(sent(layout, value)).toStrictEqual(value)
    }
  })
})

describe('strings', () => {
  const Texts = Type.Object({ one: Type.String(), many: Type.Array(Type.String()) })
  const layout = compileLayout<Static<typeof Texts>>(Texts)

  test.each([
    '',
    '\0',
    'a\0b',
    '\ufeffbom',
    '👩‍👩‍👧 family',
    'e\u0301',
    '\u{10ffff}',
    '\ufffd',
    'x'.repeat(1e6),
    '日本'.repeat(5e5),
  ])('come back whole (%#)', (text) => {
    const value = { one: text, many: ['', text, 'é', text] }
    expect(sent(layout, value)).toStrictEqual(value)
  })

  test.each([
    ['a lone half', { one: '\ud83d', many: [] }, 'one'],
    ['a lone half in a list', { one: '', many: ['ok', 'a\ude00'] }, 'many[]'],
    ['two halves that would make a pair', { one: '', many: ['a\ud83d', '\ude00b'] }, 'many[]'],
  ])('with %s are refused', (_, value, path) => {
    expect(failure(() => layout.toWire(value))).toEqual({ code: 'ILL_FORMED_STRING', path })
  })

  test('are not cut through a pair', () => {
    expect(failure(() => layout.fromWire(['', ['😀', 2, [0, 1, 1]]]))).toEqual({ code: 'UNREADABLE', path: 'many[]' })
    expect(failure(() => layout.fromWire(['', ['😀', 1, [0, 1]]]))).toEqual({ code: 'UNREADABLE', path: 'many[]' })
    expect(failure(() => layout.fromWire(['', ['😀', 1, [1, 1]]]))).toEqual({ code: 'UNREADABLE', path: 'many[]' })
  })
})

test('a value that is not of the schema is refused with its path', () => {
  const layout = compileLayout<unknown>(Page)
  const wrong = (change: object) => failure(() => layout.toWire({ ...page, ...change }))
  expect(wrong({ count: '2' })).toEqual({ code: 'WRONG_VALUE', path: 'count' })
  expect(wrong({ count: 2 ** 53 })).toEqual({ code: 'WRONG_VALUE', path: 'count' })
  expect(wrong({ count: null })).toEqual({ code: 'WRONG_VALUE', path: 'count' })
  expect(wrong({ scores: [Number.NaN] })).toEqual({ code: 'WRONG_VALUE', path: 'scores[]' })
  expect(wrong({ articles: undefined })).toEqual({ code: 'WRONG_VALUE', path: 'articles' })
  expect(wrong({ articles: [null] })).toEqual({ code: 'WRONG_VALUE', path: 'articles[]' })
  expect(wrong({ articles: [{ ...page.articles[0], slug: undefined }] })).toEqual({
    code: 'WRONG_VALUE',
    path: 'articles[].slug',
  })
  expect(wrong({ articles: [{ ...page.articles[0], status: 'lost' }] })).toEqual({
    code: 'WRONG_VALUE',
    path: 'articles[].status',
  })
  expect(wrong({ articles: [{ ...page.articles[0], author: null }] })).toEqual({
    code: 'WRONG_VALUE',
    path: 'articles[].author',
  })
})

test.each<[string, unknown, string]>([
  ['no row', 'x', ''],
  ['a row without its last required field', [1, 'jake'], ''],
  ['another type', [1, 2, null], 'username'],
  ['negative presence bits', [1, 'jake', null, -1, 'x'], ''],
  ['fractional presence bits', [1, 'jake', null, 1.5, 'x'], ''],
  ['presence bits as text', [1, 'jake', null, '1', 'x'], ''],
  ['a present field that is missing', [1, 'jake', null, 1], 'image'],
])('%s is unreadable as a record', (_, wire, path) => {
  const layout = compileLayout(Profile)
  expect(failure(() => layout.fromWire(wire))).toEqual({ code: 'UNREADABLE', path })
})

test.each<[string, unknown, string]>([
  ['a block of two parts', ['', 0], ''],
  ['a block without its text', [null, 0, [[0], []]], ''],
  ['a fractional number of rows', ['', 0.5, [[0], []]], ''],
  ['a missing column', ['ab', 1, [[0, 2]]], '[]'],
  [
    'a column that is too long',
    [
      'ab',
      1,
      [
        [0, 2],
        [5, 6],
      ],
    ],
    '[].n',
  ],
  ['a column that is too short', ['ab', 1, [[0, 2], []]], '[].n'],
  ['a string beyond the text', ['ab', 1, [[1, 2], [5]]], '[].s'],
  ['a string in front of the text', ['ab', 1, [[-1, 2], [5]]], '[].s'],
  [
    'marks of another number',
    [
      'ab',
      1,
      [
        [0, 2],
        [5],
        [
          [0, 0],
          [1, 2],
        ],
      ],
    ],
    '[].o',
  ],
  ['a null mark of what is not nullable', ['ab', 1, [[0, 2], [5], [[1], []]]], '[].o'],
])('%s is unreadable as a list', (_, wire, path) => {
  const Row = Type.Object({ s: Type.String(), n: Type.Integer(), o: Type.Optional(Type.Integer()) })
  const layout = compileLayout(Type.Array(Row))
  expect(layout.fromWire(['ab', 1, [[0, 2], [5]]])).toEqual([{ s: 'ab', n: 5 }])
  expect(failure(() => layout.fromWire(wire))).toEqual({ code: 'UNREADABLE', path })
})

test('a few bytes do not make the reader build millions of rows', () => {
  const layout = compileLayout<unknown>(Type.Array(Type.Object({ lists: Type.Array(Type.Object({})) })))
  const rows = 1_000
  expect(failure(() => layout.fromWire(['', 4e9, [[[], []]]]))).toMatchObject({ code: 'UNREADABLE' })
  expect(failure(() => layout.fromWire(['', rows, [[Array(rows).fill(1e6), []]]]))).toMatchObject({
    code: 'UNREADABLE',
  })
})

test('nothing that arrives reaches a prototype', () => {
  const layout = compileLayout<Record<string, unknown>>(Profile)
  const read = layout.fromWire([1, '__proto__', 'constructor', 1, 'x'])
  expect(Object.getPrototypeOf(read)).toBe(Object.prototype)
  expect(({} as Record<string, unknown>).username).toBeUndefined()
})
