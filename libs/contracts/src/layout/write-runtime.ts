import { createChecks, maxRows } from './checks.js'

const { refuse, ...checks } = createChecks('WRONG_VALUE', 'ILL_FORMED_STRING')

const object = (value: unknown, path: string) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse(path, 'an object')
  return value
}

/** A column of strings: appends them to the text of the block. Each is well-formed, so no two halves can make a pair. */
const joined = (values: unknown[], out: { text: string }, path: string) => {
  const n = values.length
  const column = new Array<number>(n + 1)
  column[0] = out.text.length
  let text = ''
  for (let i = 0; i < n; i++) {
    const value = checks.string(values[i], path)
    column[i + 1] = value.length
    text += value
  }
  out.text += text
  return column
}

/**
 * A column of integers; of large ones that lie together, as the times of a page do, `[nil, first, difference, …]`: five
 * bytes each instead of nine.
 */
const differences = (values: unknown[], path: string) => {
  const numbers = checks.integers(values, path) as number[]
  const n = numbers.length
  let before = numbers[0] as number
  if (n < 2 || (before < 0x1_0000_0000 && before >= -0x8000_0000)) return numbers
  const column = new Array<number | null>(n + 1)
  column[0] = null
  column[1] = before
  for (let i = 1; i < n; i++) {
    const value = numbers[i] as number
    const difference = value - before
    if (difference > 0xffff_ffff || difference < -0x8000_0000) return numbers
    column[i + 1] = difference
    before = value
  }
  return column
}

/** The items of all lists, one after the other. */
const itemsOf = (lists: unknown[], path: string) => {
  const items: unknown[] = []
  for (let i = 0; i < lists.length; i++) {
    const values = checks.list(lists[i], path)
    for (let k = 0; k < values.length; k++) items.push(values[k])
  }
  if (items.length > maxRows) throw refuse(path, `at most ${maxRows} items in all`)
  return items
}

const lengthsOf = (lists: unknown[][]) => {
  const lengths = new Array<number>(lists.length)
  for (let i = 0; i < lists.length; i++) lengths[i] = (lists[i] as unknown[]).length
  return lengths
}

/** Null where every value is present; a null or undefined that isn't allowed counts as present and fails its check. */
const marksOf = (values: unknown[], nullable: boolean, optional: boolean) => {
  const marks = new Array<number>(values.length)
  let missing = false
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    const mark = value === null && nullable ? 1 : value === undefined && optional ? 2 : 0
    marks[i] = mark
    if (mark !== 0) missing = true
  }
  return missing ? marks : null
}

const presentOf = (values: unknown[], marks: number[]) => {
  const present: unknown[] = []
  for (let i = 0; i < values.length; i++) if (marks[i] === 0) present.push(values[i])
  return present
}

/** What generated source of the writing direction calls. */
export const writeRuntime = { ...checks, object, joined, differences, itemsOf, lengthsOf, marksOf, presentOf }
