import { createChecks, maxRows } from './checks.js'

const { refuse, ...checks } = createChecks('UNREADABLE', 'UNREADABLE')

/** A record or its columns, with the fields at least up to the last required one: newer writers may send more. */
const row = (wire: unknown, required: number, path: string) => {
  if (!Array.isArray(wire) || wire.length < required) throw refuse(path, `${required} fields or more`)
}

/** A word of presence bits; all absent where an older writer knew of none. */
const presence = (wire: unknown[], at: number, path: string): number => {
  if (at >= wire.length) return 0
  const word = wire[at] as number
  if ((word | 0) !== word || word < 0) throw refuse(path, 'presence bits')
  return word
}

/** How many rows a block has, whose three parts it checks. */
const rowsIn = (wire: unknown, path: string): number => {
  if (!Array.isArray(wire) || wire.length !== 3 || typeof wire[0] !== 'string') throw refuse(path, 'a columnar block')
  return count(wire[1], maxRows, path)
}

const column = (wire: unknown, n: number, path: string): unknown[] => {
  if (!Array.isArray(wire) || wire.length !== n) throw refuse(path, `a column of ${n}`)
  return wire
}

/** A column of integers, or of their differences, which a nil at its head tells. */
const differences = (wire: unknown, n: number, path: string): unknown[] => {
  if (!Array.isArray(wire) || wire[0] !== null) return checks.integers(column(wire, n, path), path)
  const steps = column(wire, n + 1, path)
  const values = new Array<number>(n)
  let value = 0
  for (let i = 0; i < n; i++) {
    value += checks.integer(steps[i + 1], path)
    values[i] = checks.integer(value, path)
  }
  return values
}

/** The strings of a column, out of the text of its block. */
const cut = (wire: unknown, n: number, text: string, path: string): string[] => {
  const lengths = column(wire, n + 1, path)
  const strings = new Array<string>(n)
  let end = count(lengths[0], text.length, path)
  if (isInsidePair(text, end)) throw refuse(path, 'whole characters')
  for (let i = 0; i < n; i++) {
    const start = end
    end += count(lengths[i + 1], text.length - start, path)
    if (isInsidePair(text, end)) throw refuse(path, 'whole characters')
    strings[i] = text.substring(start, end)
  }
  return strings
}

// The text as a whole is well-formed, being decoded UTF-8; so its pieces are where no cut goes through a pair.
const isInsidePair = (text: string, at: number) => (text.charCodeAt(at) & 0xfc00) === 0xdc00

/** How many items the `n` lists of a column have in all. */
const itemsIn = (wire: unknown, n: number, path: string): number => {
  const lengths = column(column(wire, 2, path)[0], n, path)
  let total = 0
  for (let i = 0; i < n; i++) total += count(lengths[i], maxRows - total, path)
  return total
}

const split = (items: unknown[], lengths: number[]) => {
  const lists = new Array<unknown[]>(lengths.length)
  let end = 0
  for (let i = 0; i < lengths.length; i++) {
    const start = end
    end += lengths[i] as number
    lists[i] = items.slice(start, end)
  }
  return lists
}

/** How many of the `n` values of a marked column are present. */
const presentIn = (wire: unknown, n: number, nullable: boolean, optional: boolean, path: string): number => {
  const marks = column(wire, 2, path)[0]
  if (marks === null) return n
  let present = 0
  for (const mark of column(marks, n, path)) {
    if (mark === 0) present++
    else if (!(mark === 1 && nullable) && !(mark === 2 && optional)) throw refuse(path, 'another mark')
  }
  return present
}

/** The values at the rows that are marked as present, `null` and `undefined` at the others. */
const spread = (values: unknown[], marks: number[]) => {
  const all = new Array<unknown>(marks.length)
  let next = 0
  for (let i = 0; i < marks.length; i++) {
    const mark = marks[i]
    all[i] = mark === 0 ? values[next++] : mark === 1 ? null : undefined
  }
  return all
}

const count = (value: unknown, max: number, path: string): number => {
  const size = value as number
  if (size >>> 0 !== size || size > max) throw refuse(path, `a count of at most ${max}`)
  return size
}

/** What generated source of the reading direction calls. */
export const readRuntime = {
  ...checks,
  row,
  presence,
  rowsIn,
  column,
  differences,
  cut,
  itemsIn,
  split,
  presentIn,
  spread,
}
