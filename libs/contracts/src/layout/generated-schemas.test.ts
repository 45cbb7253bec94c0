import { expect, test } from '@jest/globals'
import { Ajv } from 'ajv'
import fc from 'fast-check'
import { layoutChanges } from './changes.js'
import { compileLayout } from './compile.js'
import { decode } from './decode.js'
import { encode } from './encode.js'
import { LayoutError } from './layout-error.js'

test('every value of every schema comes back as it was', () => {
  fc.assert(
    fc.property(schemas.chain(withValue), ([schema, value]) => {
      const layout = compileLayout<unknown>(schema)
      expect(layout.fromWire(decode(encode(layout.toWire(value))))).toStrictEqual(value)
    }),
    { numRuns: 800 },
  )
})

test('a reader of either version reads a writer of the other, which appended optional fields at any depth', () => {
  fc.assert(
    fc.property(schemas.chain(withValue), ([schema, value]) => {
      const newer = compileLayout<unknown>(schema)
      const older = compileLayout<unknown>(olderSchema(schema))
      const known = olderValue(schema, value)

      expect(newer.fingerprint).toBe(older.fingerprint)
      expect(layoutChanges(older.description, newer.description)).toEqual([])
      expect(older.fromWire(decode(encode(newer.toWire(value))))).toStrictEqual(known)
      expect(newer.fromWire(decode(encode(older.toWire(known))))).toStrictEqual(known)
    }),
    { numRuns: 600 },
  )
})

test('a message that is cut anywhere is unreadable', () => {
  fc.assert(
    fc.property(schemas.chain(withValue), ([schema, value]) => {
      const layout = compileLayout<unknown>(schema)
      const bytes = encode(layout.toWire(value))
      for (let length = 0; length < bytes.length; length++) {
        expect(outcome(() => layout.fromWire(decode(bytes.subarray(0, length))))).toBe('UNREADABLE')
      }
    }),
    { numRuns: 60 },
  )
})

test('of bytes that were changed, or were never a message, comes a valid value or UNREADABLE', () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(schemas.chain(withValue), changes, fc.uint8Array(), ([schema, value], changed, noise) => {
      const layout = compileLayout<unknown>(schema)
      const bytes = encode(layout.toWire(value))
      for (const [at, byte] of changed) bytes[at % bytes.length] = byte
      for (const message of [bytes, noise]) expectValidOrUnreadable(schema, () => layout.fromWire(decode(message)))
    }),
    { numRuns: 800 },
  )
})

test('of a wire form with any part replaced comes a valid value or UNREADABLE', () => {
  const parts = [null, -1, 0, 1, 2, 1.5, 2 ** 31, 2 ** 53, Number.NaN, '', 'x', '\u{1f600}', true, [], [[]], [0, 1], {}]
  const strange = fc.constantFrom<unknown>(...parts, undefined, 1e9)
  fc.assert(
    fc.property(schemas.chain(withValue), fc.nat(), strange, ([schema, value], at, part) => {
      const layout = compileLayout<unknown>(schema)
      const wire = replacePart(structuredClone(layout.toWire(value)), at, part)
      expectValidOrUnreadable(schema, () => layout.fromWire(wire))
    }),
    { numRuns: 2_000 },
  )
})

test('a value of another schema is refused when it is written, or fits this one too', () => {
  fc.assert(
    fc.property(schemas, schemas.chain(withValue), (schema, [, value]) => {
      const layout = compileLayout<unknown>(schema)
      const wire = outcome(() => layout.toWire(value))
      if (wire === 'WRONG_VALUE') return
      if (!ajv.compile(schema)(value)) throw new Error(`wrote ${JSON.stringify(value)}`)
    }),
    { numRuns: 1_000 },
  )
})

interface Schema {
  readonly type?: string | readonly string[]
  readonly enum?: readonly (string | null)[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
}

const nullable = (schema: fc.Arbitrary<Schema>): fc.Arbitrary<Schema> =>
  fc.oneof(
    { weight: 3, arbitrary: schema },
    schema.map((of): Schema => ({ ...of, type: [of.type as string, 'null'] })),
  )

const fieldNames = fc.constantFrom('a', 'b', 'slug', 'a-b', 'a"]', '0', "it's", 'ü', 'line\nbreak', 'null', 'v', 'text')

/** Fields whose names start with `later` are optional and at the end: what a newer version has appended. */
const { schema: schemas } = fc.letrec<{ schema: Schema; scalar: Schema; list: Schema; record: Schema }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('scalar'),
    tie('record'),
    tie('list'),
    tie('record'),
  ),
  scalar: fc.oneof(
    nullable(fc.constantFrom('string', 'integer', 'number', 'boolean').map((type): Schema => ({ type }))),
    fc.constantFrom<Schema>({ enum: ['on', 'off', ''] }, { enum: ['on', null], type: ['string', 'null'] }),
  ),
  list: nullable(tie('schema').map((items): Schema => ({ type: 'array', items }))),
  record: nullable(
    fc
      .record({
        fields: fc.dictionary(fieldNames, fc.tuple(tie('schema'), fc.boolean()), { maxKeys: 5, noNullPrototype: true }),
        later: fc.array(tie('schema'), { maxLength: 2 }),
      })
      .map(({ fields, later }): Schema => {
        const known = Object.entries(fields).map(([name, [schema]]) => [name, schema])
        const appended = later.map((schema, index) => [`later${index}`, schema])
        const required = Object.keys(fields).filter((name) => fields[name]?.[1])
        return { type: 'object', properties: Object.fromEntries([...known, ...appended]), required }
      }),
  ),
}))

const hostile = [
  '',
  '\0',
  '\ufeff',
  '\ufeff'.repeat(400),
  '👩‍👩‍👧',
  'e\u0301',
  '\u{10ffff}',
  '\ud7ff\ue000',
  '__proto__',
  'ß'.repeat(40),
]

const valueFor = (schema: Schema): fc.Arbitrary<unknown> => {
  if (schema.enum) return fc.constantFrom(...schema.enum)
  if (Array.isArray(schema.type)) return fc.option(valueFor({ ...schema, type: schema.type[0] }), { freq: 2 })
  switch (schema.type) {
    case 'string':
      return fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.string({ minLength: 10, maxLength: 300 }),
        fc.constantFrom(...hostile),
      )
    case 'integer':
      return fc.oneof(
        fc.maxSafeInteger(),
        fc.integer({ min: -70_000, max: 70_000 }),
        fc.integer({ min: -130, max: 260 }),
      )
    case 'number':
      // As in JSON, -0 is 0.
      return fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)
    case 'boolean':
      return fc.boolean()
    case 'array':
      return fc.array(valueFor(schema.items as Schema), { maxLength: 6 })
    default: {
      const fields: Record<string, fc.Arbitrary<unknown>> = {}
      for (const [name, of] of Object.entries(schema.properties ?? {})) fields[name] = valueFor(of)
      const requiredKeys = [...(schema.required ?? [])]
      return fc.record<Record<string, unknown>, string>(fields, { requiredKeys, noNullPrototype: true })
    }
  }
}

const withValue = (schema: Schema): fc.Arbitrary<[Schema, unknown]> => fc.tuple(fc.constant(schema), valueFor(schema))

const isLater = (name: string) => name.startsWith('later')

const olderSchema = (schema: Schema): Schema => {
  if (schema.items) return { ...schema, items: olderSchema(schema.items) }
  if (!schema.properties) return schema
  const known = Object.entries(schema.properties).filter(([name]) => !isLater(name))
  return { ...schema, properties: Object.fromEntries(known.map(([name, of]) => [name, olderSchema(of)])) }
}

const olderValue = (schema: Schema, value: unknown): unknown => {
  if (Array.isArray(value)) return value.map((item) => olderValue(schema.items as Schema, item))
  if (typeof value !== 'object' || value === null) return value
  const known = Object.entries(value).filter(([name]) => !isLater(name))
  return Object.fromEntries(known.map(([name, of]) => [name, olderValue(schema.properties?.[name] as Schema, of)]))
}

const outcome = (act: () => unknown): unknown => {
  try {
    return { value: act() }
  } catch (error) {
    if (error instanceof LayoutError) return error.code
    throw error
  }
}

const ajv = new Ajv({ strict: false })

const expectValidOrUnreadable = (schema: Schema, read: () => unknown): void => {
  const result = outcome(read)
  if (result === 'UNREADABLE') return
  const { value } = result as { value: unknown }
  const valid = ajv.compile(schema)
  if (!valid(value)) throw new Error(`${JSON.stringify(value)}: ${ajv.errorsText(valid.errors)}`)
  expect(JSON.stringify(value)).not.toMatch(/\\ud[89a-f]/)
}

/** Replaces the part that comes as number `at`, modulo their count, in the order of the wire. */
const replacePart = (wire: unknown, at: number, part: unknown): unknown => {
  const places: [unknown[], number][] = []
  const walk = (items: unknown): void => {
    if (!Array.isArray(items)) return
    for (let i = 0; i < items.length; i++) {
      places.push([items, i])
      walk(items[i])
    }
  }
  walk(wire)
  const place = places[at % places.length]
  if (place === undefined) return part
  place[0][place[1]] = part
  return wire
}
