import { describe } from './description.js'
import { fingerprintOf } from './fingerprint.js'
import { positional } from './positional.js'
import { createProgram } from './program.js'
import { readRuntime } from './read-runtime.js'
import { shapeOf } from './schema-shape.js'
import { writeRuntime } from './write-runtime.js'

/** Turns values of one schema into plain arrays for MessagePack and back; both ways are straight compiled code. */
export interface Layout<T> {
  /**
   * Plain arrays, strings and numbers, ready for `encode`; parts may be arrays of `value` itself. Throws
   * `LayoutError('WRONG_VALUE')` for what is not of the schema, `LayoutError('ILL_FORMED_STRING')` for lone surrogates.
   */
  toWire(value: T): unknown
  /**
   * Checks all that it reads; throws `LayoutError('UNREADABLE')` with the path. Strings out of a list may share the
   * memory of all strings of that list: who keeps one alone for long should copy it.
   */
  fromWire(wire: unknown): T
  /** Unsigned 32 bits; equal for versions that differ only by optional fields at the end of records. */
  readonly fingerprint: number
  /** Every field with its type, in order, one a line: what a lock file holds and `layoutChanges` compares. */
  readonly description: readonly string[]
}

/**
 * Compiles the layout of a JSON schema. Takes some hundred microseconds: do it once per schema, at start.
 * Throws `LayoutError('UNSUPPORTED_SCHEMA')` with the path of what has no layout.
 *
 * @example
 * const layout = compileLayout<Static<typeof ArticlePage>>(ArticlePage)
 * layout.fromWire(decode(encode(layout.toWire(page))))
 */
export const compileLayout = <T>(schema: object): Layout<T> => {
  const shape = shapeOf(schema)
  const writing = createProgram('write')
  const reading = createProgram('read')
  return {
    toWire: writing.compile(positional(writing, shape, 'value'), writeRuntime),
    fromWire: reading.compile(positional(reading, shape, 'value'), readRuntime),
    fingerprint: fingerprintOf(shape),
    description: describe(shape),
  }
}
