import { expect, test } from '@jest/globals'
import Type from 'typebox'
import { shapeOf } from './schema-shape.js'

const within = (schema: unknown) => ({ type: 'object', properties: { list: { type: 'array', items: schema } } })

let deep: object = Type.String()
for (let i = 0; i < 40; i++) deep = Type.Array(deep as ReturnType<typeof Type.String>)

test.each<[string, unknown]>([
  ['a union', Type.Union([Type.String(), Type.Integer()])],
  ['an intersection', Type.Intersect([Type.Object({}), Type.Object({})])],
  ['a map', Type.Record(Type.String(), Type.String())],
  ['a map of additional properties', { type: 'object', properties: {}, additionalProperties: { type: 'string' } }],
  ['a tuple', Type.Tuple([Type.String()])],
  ['anything', Type.Unknown()],
  ['null alone', Type.Null()],
  ['a reference', { $ref: '#' }],
  ['two types', { type: ['string', 'integer'] }],
  ['a number as constant', Type.Literal(1)],
  ['mixed choices', { enum: ['a', 1] }],
  ['no choices', { enum: [] }],
  ['an object without properties', { type: 'object' }],
  ['a list without items', { type: 'array' }],
  ['no schema', true],
])('%s has no layout', (_, schema) => {
  expect(() => shapeOf(within(schema))).toThrow(
    expect.objectContaining({ code: 'UNSUPPORTED_SCHEMA', path: expect.stringMatching(/^list\[\]/) }),
  )
})

test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('a field named %s has no layout', (name) => {
  const properties = Object.fromEntries([[name, Type.String()]])
  expect(() => shapeOf({ type: 'object', properties })).toThrow(expect.objectContaining({ path: name }))
})

test('a schema that nests too deep, or a required field without a schema, has no layout', () => {
  expect(() => shapeOf(deep)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_SCHEMA' }))
  expect(() => shapeOf({ type: 'object', properties: {}, required: ['a'] })).toThrow(/'a' is required/)
})

test('null is a choice only where both the type and the choices say so', () => {
  expect(shapeOf({ enum: ['a', null] })).toMatchObject({ nullable: true, allowed: ['a'] })
  expect(shapeOf({ enum: ['a', null], type: 'string' })).toMatchObject({ nullable: false })
  expect(shapeOf({ enum: ['a'], type: ['string', 'null'] })).toMatchObject({ nullable: false })
  expect(shapeOf(Type.Literal('a'))).toMatchObject({ kind: 'string', allowed: ['a'] })
})
