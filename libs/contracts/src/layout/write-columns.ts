import { literal, type Program } from './program.js'
import type { RecordShape, Shape } from './schema-shape.js'

/** Expression of the column of the array `values`; its strings go to `out.text`. */
export const writeColumn = (program: Program, shape: Shape, values: string): string => {
  if (shape.nullable) return writeMarked(program, shape, values, false)
  const path = literal(shape.path)
  if (shape.kind === 'record') return `${writeRecords(program, shape)}(${values}, out)`
  if (shape.kind === 'list') {
    const name = program.define(
      'lists, out',
      `const items = itemsOf(lists, ${path})`,
      `return [lengthsOf(lists), ${writeColumn(program, shape.items, 'items')}]`,
    )
    return `${name}(${values}, out)`
  }
  if (shape.kind === 'integer') return `differences(${values}, ${path})`
  if (shape.kind !== 'string') return `${shape.kind}s(${values}, ${path})`
  const strings = shape.allowed ? `members(${values}, ${program.constant(new Set(shape.allowed))}, ${path})` : values
  return `joined(${strings}, out, ${path})`
}

const writeMarked = (program: Program, shape: Shape, values: string, optional: boolean): string => {
  const present = writeColumn(program, { ...shape, nullable: false }, 'present')
  const name = program.define(
    'values, out',
    `const marks = marksOf(values, ${shape.nullable}, ${optional})`,
    'const present = marks === null ? values : presentOf(values, marks)',
    `return [marks, ${present}]`,
  )
  return `${name}(${values}, out)`
}

const writeRecords = (program: Program, { fields, path }: RecordShape): string => {
  const columns = fields.map(({ shape, optional }, index) =>
    optional ? writeMarked(program, shape, `c${index}`, true) : writeColumn(program, shape, `c${index}`),
  )
  return program.define(
    'rows, out',
    'const n = rows.length',
    ...fields.map((_, index) => `const c${index} = new Array(n)`),
    'for (let i = 0; i < n; i++) {',
    `  const v = object(rows[i], ${literal(path)})`,
    ...fields.map(({ name }, index) => `  c${index}[i] = v[${literal(name)}]`),
    '}',
    `return [${columns.join(', ')}]`,
  )
}
