import { block } from './columnar.js'
import { literal, type Program } from './program.js'
import type { Field, RecordShape, ScalarShape, Shape } from './schema-shape.js'

/**
 * Expression that turns the expression `value` into the positional form, or back. A record is `[field, field, …]`, a
 * list of numbers or booleans a plain array, any other list a columnar block (for strings, too, read two to four times
 * faster than a plain array of a hundred). A word of presence bits stands in front of the first optional field and of
 * every 31st after it, so that a record which gets its first optional field moves no other.
 */
export const positional = (program: Program, shape: Shape, value: string): string => {
  const bare = bareValue(program, shape, value)
  return shape.nullable ? `(${value} === null ? null : ${bare})` : bare
}

const bareValue = (program: Program, shape: Shape, value: string): string => {
  const path = literal(shape.path)
  if (shape.kind === 'record') return `${record(program, shape)}(${value})`
  if (shape.kind !== 'list') return scalar(program, shape, `${shape.kind}(${value}, ${path})`)
  if (!isPlain(shape.items)) return `${block(program, shape)}(${value})`
  return `${shape.items.kind}s(list(${value}, ${path}), ${literal(shape.items.path)})`
}

/** Adds the check of an enum around the expression of a string. */
const scalar = (program: Program, { allowed, path }: ScalarShape, checked: string): string =>
  allowed ? `member(${checked}, ${program.constant(new Set(allowed))}, ${literal(path)})` : checked

const isPlain = ({ kind, nullable }: Shape) =>
  (kind === 'integer' || kind === 'number' || kind === 'boolean') && !nullable

const record = (program: Program, shape: RecordShape): string =>
  program.direction === 'write' ? writeRecord(program, shape) : readRecord(program, shape)

const writeRecord = (program: Program, shape: RecordShape): string => {
  const slots = slotsOf(shape)
  const items = slots.flatMap((slot) => {
    const value = positional(program, slot.shape, slot.access)
    if (!slot.optional) return [value]
    const item = `${slot.access} === undefined ? null : ${value}`
    return slot.at === slot.word + 1 ? [presenceOf(slots, slot.word), item] : [item]
  })
  return program.define('v', `object(v, ${literal(shape.path)})`, `return [${items.join(', ')}]`)
}

const presenceOf = (slots: readonly Slot[], word: number) =>
  slots
    .filter((slot) => slot.optional && slot.word === word)
    .map((slot) => `(${slot.access} === undefined ? 0 : ${slot.bit})`)
    .join(' | ')

const readRecord = (program: Program, shape: RecordShape): string => {
  const slots = slotsOf(shape)
  const required = slots.filter((slot) => !slot.optional)
  const optional = slots.filter((slot) => slot.optional)
  const words = new Set(optional.map((slot) => slot.word))
  const read = (slot: Slot) => positional(program, slot.shape, `w[${slot.at}]`)
  return program.define(
    'w',
    `row(w, ${(required.at(-1)?.at ?? -1) + 1}, ${literal(shape.path)})`,
    ...[...words].map((word) => `const p${word} = presence(w, ${word}, ${literal(shape.path)})`),
    `const v = { ${required.map((slot) => `${literal(slot.name)}: ${read(slot)}`).join(', ')} }`,
    ...optional.map((slot) => `if ((p${slot.word} & ${slot.bit}) !== 0) ${slot.access} = ${read(slot)}`),
    'return v',
  )
}

const presenceBits = 31

interface Slot extends Field {
  /** The field of a record `v`, as source text. */
  readonly access: string
  /** Its place in the row. */
  readonly at: number
  /** For optional ones, the place of their presence word and their bit in it. */
  readonly word: number
  readonly bit: number
}

const slotsOf = ({ fields }: RecordShape): readonly Slot[] => {
  let at = 0
  let word = 0
  let optionals = 0
  return fields.map((field) => {
    if (field.optional && optionals % presenceBits === 0) word = at++
    const bit = field.optional ? 2 ** (optionals++ % presenceBits) : 0
    return { ...field, access: `v[${literal(field.name)}]`, at: at++, word, bit }
  })
}
