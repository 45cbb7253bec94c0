import type { Param, Statement } from './statement.js'

/** What the driver found: each row as the array of its values. */
export type FoundRows = readonly (readonly unknown[])[] & { readonly columns: readonly { readonly name: string }[] }

/**
 * Makes rows of what statements found. For each statement one literal with its columns is compiled, so that all of its
 * rows have one shape from the start: the driver's own rows grow a property at a time, by names that differ from
 * statement to statement, which is slower, and makes everything after slower to read.
 */
export const createRows = () => {
  const makers = new WeakMap<object, RowMaker>()
  return <Row>(statement: Statement<Row, readonly Param[]>, found: FoundRows): Row[] => {
    if (found.length === 0) return []
    let make = makers.get(statement)
    if (!make) {
      make = compileRowMaker(found.columns.map(({ name }) => name))
      makers.set(statement, make)
    }
    const rows = new Array<Row>(found.length)
    for (let i = 0; i < found.length; i++) rows[i] = make(found[i] as readonly unknown[]) as Row
    return rows
  }
}

type RowMaker = (values: readonly unknown[]) => unknown

const compileRowMaker = (columns: readonly string[]): RowMaker => {
  const fields = columns.map((name, i) => `[${JSON.stringify(name)}]: values[${i}]`)
  return new Function('values', `return { ${fields.join(', ')} }`) as RowMaker
}
