import { LayoutError, type LayoutErrorCode } from './layout-error.js'

/** How many rows or items one level of a columnar block may have: rows without fields take no bytes that bound them. */
export const maxRows = 1_000_000

/**
 * The checks that both directions make of single values and whole columns; each returns what it has checked.
 * `wrong` and `illFormed` are the codes of what they throw.
 */
export const createChecks = (wrong: LayoutErrorCode, illFormed: LayoutErrorCode) => {
  const refuse = (path: string, takes: string) => new LayoutError(wrong, path, `takes ${takes}`)

  const string = (value: unknown, path: string): string => {
    if (typeof value !== 'string') throw refuse(path, 'a string')
    if (!value.isWellFormed()) throw new LayoutError(illFormed, path, 'holds half of a surrogate pair')
    return value
  }
  const integer = (value: unknown, path: string): number => {
    if (!Number.isSafeInteger(value)) throw refuse(path, 'a safe integer')
    return value as number
  }
  const number = (value: unknown, path: string): number => {
    if (!Number.isFinite(value)) throw refuse(path, 'a finite number')
    return value as number
  }
  const boolean = (value: unknown, path: string): boolean => {
    if (typeof value !== 'boolean') throw refuse(path, 'a boolean')
    return value
  }
  const member = (value: string, allowed: ReadonlySet<string>, path: string): string => {
    if (!allowed.has(value)) throw refuse(path, `one of ${[...allowed].join(', ')}`)
    return value
  }
  const list = (value: unknown, path: string): unknown[] => {
    if (!Array.isArray(value) || value.length > maxRows) throw refuse(path, `an array of at most ${maxRows}`)
    return value
  }

  // Written out, one loop a type: a check that is passed in would not be inlined.
  const strings = (values: unknown[], path: string) => {
    for (let i = 0; i < values.length; i++) string(values[i], path)
    return values
  }
  const integers = (values: unknown[], path: string) => {
    for (let i = 0; i < values.length; i++) integer(values[i], path)
    return values
  }
  const numbers = (values: unknown[], path: string) => {
    for (let i = 0; i < values.length; i++) number(values[i], path)
    return values
  }
  const booleans = (values: unknown[], path: string) => {
    for (let i = 0; i < values.length; i++) boolean(values[i], path)
    return values
  }
  const members = (values: string[], allowed: ReadonlySet<string>, path: string) => {
    for (let i = 0; i < values.length; i++) member(values[i] as string, allowed, path)
    return values
  }

  return { refuse, string, integer, number, boolean, member, list, strings, integers, numbers, booleans, members }
}
