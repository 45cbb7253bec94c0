import fastJson from 'fast-json-stringify'
import type { Static, TSchema } from 'typebox'

/**
 * Compiles a writer of JSON text for one shape. It writes by the contract: a field that the shape does not declare never
 * leaves the process, whatever the value holds.
 *
 * @throws when a value lacks a required field.
 */
export const compileJsonWriter = <S extends TSchema>(schema: S): ((value: Static<S>) => string) =>
  fastJson(schema as object as fastJson.Schema) as (value: Static<S>) => string
