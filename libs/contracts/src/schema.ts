import Type, { type Static, type TSchema, type TStringOptions } from 'typebox'

/** A value that may be `null`; absent is something else, said by `Type.Optional`. Written as JSON Schema's `type` list,
 * which layouts, writers and validators all read without an `anyOf`. */
export const Nullable = <S extends TSchema & { type: string }>(schema: S) =>
  Type.Unsafe<Static<S> | null>({ ...schema, type: [schema.type, 'null'] })

/** Text that a client writes: well-formed Unicode without NUL, which neither UTF-8 nor PostgreSQL could keep. */
export const Text = (options: TStringOptions = {}) => Type.String({ ...options, format: textFormat })

/** JSON Schema's `format` of `Text`; checked by `compileBodyCheck`. */
export const textFormat = 'text'

/** A moment, as whole milliseconds since 1970 (UTC): what services exchange. */
export const Timestamp = Type.Integer({ description: 'Milliseconds since 1970-01-01T00:00:00Z' })

/** A moment as the public API writes it: ISO 8601 with milliseconds and `Z`. */
export const DateTime = Type.Unsafe<Date | string>({ type: 'string', format: 'date-time' })

/** The key of a row. PostgreSQL's `integer`, so that it needs no bigint on the way. */
export const Id = Type.Integer({ minimum: 1, maximum: 2_147_483_647 })

/** The body of every error: what is wrong, by field. */
export const ErrorReply = Type.Object(
  {
    errors: Type.Unsafe<Record<string, string[]>>({
      type: 'object',
      additionalProperties: { type: 'array', items: { type: 'string' } },
    }),
  },
  { title: 'GenericErrorModel' },
)
