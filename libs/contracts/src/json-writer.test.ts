import { expect, test } from '@jest/globals'
import Type from 'typebox'
import { compileJsonWriter } from './json-writer.js'
import { DateTime, Nullable } from './schema.js'

const write = compileJsonWriter(
  Type.Object({ name: Type.String(), bio: Nullable(Type.String()), at: DateTime, tags: Type.Array(Type.String()) }),
)
const value = { name: 'a', bio: null, at: new Date(0), tags: [] }

test('a field that the shape does not declare never leaves', () => {
  expect(write({ ...value, passwordHash: 'x' } as typeof value)).toBe(
    '{"name":"a","bio":null,"at":"1970-01-01T00:00:00.000Z","tags":[]}',
  )
})

test.each(['', 'a"b\\c', 'line\nbreak', 'NUL\u0000', '😀', '\u2028', '</script>', 'x'.repeat(100_000)])(
  'any text comes back as it was (%#)',
  (text) => {
    expect(JSON.parse(write({ ...value, name: text, bio: text, tags: [text] }))).toMatchObject({
      name: text,
      bio: text,
      tags: [text],
    })
  },
)

test('a value that lacks a required field is an error, not a broken answer', () => {
  expect(() => write({ name: 'a' } as typeof value)).toThrow('required')
})
