import { expect, test } from '@jest/globals'
import Type from 'typebox'
import { compileTextCheck } from './validation.js'

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
