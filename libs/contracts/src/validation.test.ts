import { expect, test } from '@jest/globals'
import Type from 'typebox'
import { Nullable, Text } from './schema.js'
import { compileBodyCheck, compileTextCheck } from './validation.js'

const check = compileTextCheck(
  Type.Object({
    limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
    name: Type.String({ maxLength: 5 }),
    deep: Type.Optional(Type.Boolean()),
  }),
)
const fieldsOf = (text: object): unknown => {
  try {
    check(text)
    return undefined
  } catch (error) {
    return (error as { fields?: unknown }).fields
  }
}

test('numbers and booleans are read from their text, defaults filled in, unknown names passed over', () => {
  expect(check({ name: 'a', limit: '7', deep: 'true' })).toEqual({ name: 'a', limit: 7, deep: true })
  expect(check({ name: 'a' })).toEqual({ name: 'a', limit: 20 })
  expect(check({ name: 'a', other: 'x' })).toMatchObject({ name: 'a' })
})

test('every problem is told, by field, in the words of the API', () => {
  expect(fieldsOf({ limit: 'x', name: 'too long' })).toEqual({
    limit: ['must be a whole number'],
    name: ['is too long (maximum is 5 characters)'],
  })
  expect(fieldsOf({ limit: '0' })).toEqual({ limit: ['must be at least 1'], name: ["can't be blank"] })
  expect(fieldsOf({ limit: '101', name: 'a' })).toEqual({ limit: ['must be at most 100'] })
  expect(fieldsOf({ name: 'a', deep: 'maybe' })).toEqual({ deep: ['must be a boolean'] })
})

test('what was given is not changed', () => {
  const text = { name: 'a', limit: '7' }
  check(text)
  expect(text).toEqual({ name: 'a', limit: '7' })
})

test('a name like that of a prototype is a name like any other', () => {
  expect(fieldsOf(JSON.parse('{"__proto__":{"name":"a"}}'))).toEqual({ name: ["can't be blank"] })
})

const checkBody = compileBodyCheck(
  Type.Object({
    user: Type.Object({
      email: Text({ minLength: 1, pattern: '^[^@]+@[^@]+$' }),
      password: Text({ minLength: 8 }),
      bio: Type.Optional(Nullable(Text({ maxLength: 5 }))),
      tags: Type.Optional(Type.Array(Text({ maxLength: 3 }), { maxItems: 2 })),
    }),
  }),
)
const problemsOf = (user: unknown): unknown => {
  try {
    checkBody({ user })
    return undefined
  } catch (error) {
    return (error as { fields?: unknown }).fields
  }
}
const valid = { email: 'a@b', password: '12345678' }

test('a body loses what nobody declared, and nothing in it is coerced', () => {
  expect(checkBody({ user: { ...valid, admin: true }, other: 1 })).toEqual({ user: valid })
  expect(problemsOf({ ...valid, email: 7 })).toEqual({ email: ['must be a string'] })
  expect(problemsOf({ ...valid, bio: 7 })).toEqual({ bio: ['must be a string or null'] })
  expect(problemsOf({ ...valid, bio: null })).toBeUndefined()
})

test('what is absent, null, empty or white space is blank, and all problems are told at once', () => {
  const blank = { email: ["can't be blank"], password: ["can't be blank"] }
  expect(problemsOf({})).toEqual(blank)
  expect(problemsOf({ email: null, password: null })).toEqual(blank)
  expect(problemsOf({ email: '', password: ' ' })).toEqual(blank)
  expect(problemsOf({ email: 'x', password: 'short', bio: 'too long', tags: ['long'] })).toEqual({
    email: ['is invalid'],
    password: ['is too short (minimum is 8 characters)'],
    bio: ['is too long (maximum is 5 characters)'],
    tags: ['is too long (maximum is 3 characters)'],
  })
  expect(problemsOf({ ...valid, tags: ['a', 'b', 'c'] })).toEqual({ tags: ['has too many (maximum is 2)'] })
})

test.each([[undefined], [null], [[]], ['text'], [7]])('a body that is %j has no user', (user) => {
  expect(Object.keys(problemsOf(user) as object)).toEqual(['user'])
})

test('a body that is no object at all is told as the body', () => {
  expect(() => checkBody([])).toThrow(expect.objectContaining({ fields: { body: ['must be an object'] } }))
  expect(() => checkBody(null)).toThrow(expect.objectContaining({ fields: { body: ["can't be blank"] } }))
})

test.each(['a\u0000@b', 'a@\ud800'])('text that nothing can keep is refused: %j', (email) => {
  expect(problemsOf({ ...valid, email })).toEqual({ email: ['is invalid'] })
})
