/**
 * `UNSUPPORTED_SCHEMA` the schema has no layout (compile time);
 * `WRONG_VALUE` the value to write is not of the schema; `ILL_FORMED_STRING` it holds a lone surrogate;
 * `UNREADABLE` what arrived is not a message of this layout.
 */
export type LayoutErrorCode = 'UNSUPPORTED_SCHEMA' | 'WRONG_VALUE' | 'ILL_FORMED_STRING' | 'UNREADABLE'

/** What layouts and their codec throw. `path` names the field, as `articles[].slug`; `''` is the whole value. */
export class LayoutError extends Error {
  override readonly name = 'LayoutError'
  readonly code: LayoutErrorCode
  readonly path: string

  constructor(code: LayoutErrorCode, path: string, message: string) {
    super(path === '' ? message : `${path}: ${message}`)
    this.code = code
    this.path = path
  }
}
