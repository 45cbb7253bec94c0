import { Ajv, type ErrorObject } from 'ajv'
import type { Static, TSchema } from 'typebox'
import { type ErrorFields, ServiceError } from './errors.js'

/**
 * Compiles a check of what came as text (path and query parameters): numbers and booleans are read from their text,
 * defaults are filled in, unknown names are passed over.
 *
 * @throws ServiceError `INVALID` with every problem by field.
 */
export const compileTextCheck = <S extends TSchema>(schema: S): ((text: object) => Static<S>) => {
  const validate = textAjv.compile<Static<S>>(schema)
  return (text) => {
    const value: unknown = { ...text }
    if (validate(value)) return value
    throw new ServiceError('INVALID', 'what came as text is not valid', {
      fields: problems(validate.errors ?? []),
    })
  }
}

const textAjv = new Ajv({
  coerceTypes: true,
  useDefaults: true,
  allErrors: true,
  strict: false,
  validateFormats: false,
})

const problems = (errors: readonly ErrorObject[]): ErrorFields => {
  const fields: Record<string, string[]> = {}
  for (const error of errors) {
    const field = error.instancePath.slice(1) || String(error.params.missingProperty ?? 'request')
    const said = fields[field] ?? []
    fields[field] = said
    const message = saying(error)
    if (!said.includes(message)) said.push(message)
  }
  return fields
}

const saying = ({ keyword, params, message }: ErrorObject): string => {
  if (keyword === 'required') return "can't be blank"
  if (keyword === 'type') return params.type === 'integer' ? 'must be a whole number' : `must be a ${params.type}`
  if (keyword === 'minimum') return `must be at least ${params.limit}`
  if (keyword === 'maximum') return `must be at most ${params.limit}`
  if (keyword === 'maxLength') return `is too long (maximum is ${params.limit} characters)`
  if (keyword === 'pattern') return 'is invalid'
  return message ?? 'is invalid'
}
