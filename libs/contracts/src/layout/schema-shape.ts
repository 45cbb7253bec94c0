import { LayoutError } from './layout-error.js'

/** What a layout needs to know of a schema. `path` is that of errors: `articles[].slug`. */
export type Shape = ScalarShape | ListShape | RecordShape

export interface ScalarShape {
  readonly kind: 'string' | 'integer' | 'number' | 'boolean'
  readonly nullable: boolean
  readonly path: string
  /** The only values of a string that is an `enum` or a `const`. */
  readonly allowed?: readonly string[]
}

export interface ListShape {
  readonly kind: 'list'
  readonly nullable: boolean
  readonly path: string
  readonly items: Shape
}

export interface RecordShape {
  readonly kind: 'record'
  readonly nullable: boolean
  readonly path: string
  readonly fields: readonly Field[]
}

export interface Field {
  readonly name: string
  readonly optional: boolean
  readonly shape: Shape
}

/** Every level of a schema nests at most three arrays in a message, which the codec limits to 100. */
const maxSchemaDepth = 30

const choices = ['anyOf', 'oneOf', 'allOf', 'not', 'if', '$ref', '$dynamicRef', 'patternProperties', 'prefixItems']

/**
 * Reads a JSON schema made of objects, arrays, strings, integers, numbers, booleans, string enums and `[type, 'null']`.
 * Throws `LayoutError('UNSUPPORTED_SCHEMA')` with the path of the first part that is something else.
 */
export const shapeOf = (schema: unknown, path = '', depth = 0): Shape => {
  if (!isObject(schema)) throw unsupported(path, 'is not a schema')
  if (depth > maxSchemaDepth) throw unsupported(path, `nests deeper than ${maxSchemaDepth} levels`)
  for (const keyword of choices) if (keyword in schema) throw unsupported(path, `'${keyword}' has no layout`)

  const { kind, nullable } = kindOf(schema, path)
  switch (kind) {
    case 'object':
      return { kind: 'record', nullable, path, fields: fieldsOf(schema, path, depth) }
    case 'array':
      return { kind: 'list', nullable, path, items: shapeOf(schema.items, `${path}[]`, depth + 1) }
    case 'string': {
      const allowed = allowedOf(schema)
      return allowed ? { kind, nullable, path, allowed } : { kind, nullable, path }
    }
    case 'integer':
    case 'number':
    case 'boolean':
      if ('enum' in schema || 'const' in schema) throw unsupported(path, "'enum' and 'const' take strings only")
      return { kind, nullable, path }
    default:
      throw unsupported(path, `type ${JSON.stringify(schema.type)} has no layout`)
  }
}

type Keywords = Readonly<Record<string, unknown>>

const kindOf = (schema: Keywords, path: string): { kind: unknown; nullable: boolean } => {
  const listed = schema.enum ?? ('const' in schema ? [schema.const] : undefined)
  if (listed === undefined) return typeOf(schema.type)
  if (!Array.isArray(listed)) throw unsupported(path, "'enum' takes a list")
  const kinds = new Set(listed.map((value) => (value === null ? 'null' : typeof value)))
  const nullable = kinds.delete('null')
  if (kinds.size !== 1 || !kinds.has('string')) throw unsupported(path, "'enum' and 'const' take strings only")
  const declared = typeOf(schema.type ?? (nullable ? ['string', 'null'] : 'string'))
  return { kind: declared.kind, nullable: nullable && declared.nullable }
}

const typeOf = (type: unknown): { kind: unknown; nullable: boolean } => {
  if (!Array.isArray(type)) return { kind: type, nullable: false }
  const kinds = type.filter((kind) => kind !== 'null')
  return { kind: kinds.length === 1 ? kinds[0] : undefined, nullable: type.includes('null') }
}

const allowedOf = (schema: Keywords): readonly string[] | undefined => {
  if ('const' in schema) return [schema.const as string]
  return (schema.enum as unknown[] | undefined)?.filter((value) => typeof value === 'string')
}

const fieldsOf = (schema: Keywords, path: string, depth: number): readonly Field[] => {
  const { properties, required = [], additionalProperties } = schema
  if (!isObject(properties)) throw unsupported(path, "an object without 'properties' has no layout")
  if (isObject(additionalProperties)) throw unsupported(path, "a schema of 'additionalProperties' has no layout")
  const names = required as readonly string[]
  for (const name of names) if (!Object.hasOwn(properties, name)) throw unsupported(path, `'${name}' is required only`)
  return Object.keys(properties).map((name) => {
    const fieldPath = path === '' ? name : `${path}.${name}`
    // Such a field would seem present in every object, and '__proto__' in a literal sets the prototype.
    if (name in Object.prototype) throw unsupported(fieldPath, 'is a name that every object has')
    return { name, optional: !names.includes(name), shape: shapeOf(properties[name], fieldPath, depth + 1) }
  })
}

const isObject = (value: unknown): value is Keywords =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const unsupported = (path: string, message: string) => new LayoutError('UNSUPPORTED_SCHEMA', path, message)
