import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import type { Static, TSchema } from 'typebox'
import { type ErrorFields, ServiceError } from './errors.js'
import { textFormat } from './schema.js'

/**
 * Compiles a check of what came as text (path and query parameters): numbers and booleans are read from their text,
 * defaults are filled in, unknown names are dropped: nothing further on can tell that they were there.
 *
 * @throws ServiceError `INVALID` with every problem by field.
 */
export const compileTextCheck = <S extends TSchema>(schema: S): ((text: object) => Static<S>) => {
  const validate = textAjv.compile<Static<S>>(schema)
  return (text) => checked(validate, { ...text })
}

/**
 * Compiles a check of a body that came as JSON: nothing is coerced, what the schema doesn't name is removed, so that no
 * field that nobody declared gets any further.
 *
 * @throws ServiceError `INVALID` with every problem by field.
 */
export const compileBodyCheck = <S extends TSchema>(schema: S): ((body: unknown) => Static<S>) => {
  const validate = bodyAjv.compile<Static<S>>(schema)
  return (body) => checked(validate, body)
}

const checked = <T>(validate: ValidateFunction<T>, value: unknown): T => {
  if (validate(value)) return value
  throw new ServiceError('INVALID', 'what came is not valid', { fields: problems(validate.errors ?? []) })
}

const textAjv = new Ajv({
  coerceTypes: true,
  useDefaults: true,
  removeAdditional: 'all',
  allErrors: true,
  strict: false,
  verbose: true,
  validateFormats: false,
})

// A body of 100 kB holds few enough values for all of its problems to be found.
const bodyAjv = new Ajv({ removeAdditional: 'all', allErrors: true, strict: false, verbose: true })
bodyAjv.addFormat(textFormat, (text: string) => !text.includes('\0') && text.isWellFormed())

/** By the name that a client knows a field by, the last one of its path; what is blank is told as nothing else. */
const problems = (errors: readonly ErrorObject[]): ErrorFields => {
  const fields = new Map<string, Set<string>>()
  for (const error of errors) {
    const path = error.instancePath.split('/').filter((name) => name !== '' && !isIndex(name))
    const field = String(error.params.missingProperty ?? path.at(-1) ?? 'body')
    fields.set(field, (fields.get(field) ?? new Set()).add(saying(error)))
  }
  return Object.fromEntries([...fields].map(([field, said]) => [field, said.has(blank) ? [blank] : [...said]]))
}

const isIndex = (name: string) => /^\d+$/.test(name)

const blank = "can't be blank"

const named: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'a boolean',
  integer: 'a whole number',
  object: 'an object',
  string: 'a string',
  'string,null': 'a string or null',
}

const saying = ({ keyword, params, message, data }: ErrorObject): string => {
  const isBlank = data === null || (keyword !== 'type' && typeof data === 'string' && data.trim() === '')
  if (keyword === 'required' || isBlank) return blank
  switch (keyword) {
    case 'type':
      return `must be ${named[String(params.type)] ?? params.type}`
    case 'minimum':
      return `must be at least ${params.limit}`
    case 'maximum':
      return `must be at most ${params.limit}`
    case 'minLength':
      return `is too short (minimum is ${params.limit} characters)`
    case 'maxLength':
      return `is too long (maximum is ${params.limit} characters)`
    case 'maxItems':
      return `has too many (maximum is ${params.limit})`
    case 'pattern':
    case 'format':
      return 'is invalid'
    default:
      return message ?? 'is invalid'
  }
}
