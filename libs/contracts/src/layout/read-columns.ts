import { literal, type Program } from './program.js'
import type { RecordShape, Shape } from './schema-shape.js'

/** Expression of the array of the `count` values in the column `wire`; its strings are in `text`. */
export const readColumn = (program: Program, shape: Shape, wire: string, count: string): string => {
  if (shape.nullable) return readMarked(program, shape, false, wire, count)
  const path = literal(shape.path)
  if (shape.kind === 'record') return `${readRecords(program, shape)}(${wire}, ${count}, text)`
  if (shape.kind === 'list') {
    const name = program.define(
      'w, n, text',
      `const total = itemsIn(w, n, ${path})`,
      `return split(${readColumn(program, shape.items, 'w[1]', 'total')}, w[0])`,
    )
    return `${name}(${wire}, ${count}, text)`
  }
  if (shape.kind === 'integer') return `differences(${wire}, ${count}, ${path})`
  if (shape.kind !== 'string') return `${shape.kind}s(column(${wire}, ${count}, ${path}), ${path})`
  const strings = `cut(${wire}, ${count}, text, ${path})`
  return shape.allowed ? `members(${strings}, ${program.constant(new Set(shape.allowed))}, ${path})` : strings
}

const readMarked = (program: Program, shape: Shape, optional: boolean, wire: string, count: string): string => {
  const name = program.define(
    'w, n, text',
    `const present = presentIn(w, n, ${shape.nullable}, ${optional}, ${literal(shape.path)})`,
    `const values = ${readColumn(program, { ...shape, nullable: false }, 'w[1]', 'present')}`,
    'return w[0] === null ? values : spread(values, w[0])',
  )
  return `${name}(${wire}, ${count}, text)`
}

const readRecords = (program: Program, { fields, path }: RecordShape): string => {
  const required = fields.findLastIndex((field) => !field.optional) + 1
  const columns = fields.map(({ shape, optional }, index) => {
    if (!optional) return readColumn(program, shape, `w[${index}]`, 'n')
    const column = readMarked(program, shape, true, `w[${index}]`, 'n')
    // An older writer knew fewer fields.
    return index < required ? column : `w.length > ${index} ? ${column} : new Array(n)`
  })
  const always = fields.flatMap(({ name, optional }, index) => (optional ? [] : [`${literal(name)}: c${index}[i]`]))
  const sometimes = fields.flatMap(({ name, optional }, index) =>
    optional ? [`  if (c${index}[i] !== undefined) v[${literal(name)}] = c${index}[i]`] : [],
  )
  return program.define(
    'w, n, text',
    `row(w, ${required}, ${literal(path)})`,
    ...columns.map((column, index) => `const c${index} = ${column}`),
    'const rows = new Array(n)',
    'for (let i = 0; i < n; i++) {',
    `  const v = { ${always.join(', ')} }`,
    ...sometimes,
    '  rows[i] = v',
    '}',
    'return rows',
  )
}
