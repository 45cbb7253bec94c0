/** A value that PostgreSQL takes as a parameter. */
export type Param = string | number | boolean | null | Date | readonly string[] | readonly number[] | Uint8Array

/**
 * One SQL statement with its name, its row and its parameters. The name is what shows in metrics, logs and reports.
 * `Row` and `Params` exist for the compiler alone.
 */
export interface Statement<Row, Params extends readonly Param[] = readonly Param[]> {
  readonly name: string
  readonly text: string
  readonly row?: Row
  readonly params?: Params
}

/**
 * Declares a statement. It is prepared once per connection; values come as `$1`, `$2`, …, never as text.
 * Make it when its module is loaded, not when it is asked for: then whoever wants to see all of them can.
 *
 * @example statement<{ exists: boolean }, [slug: string]>('article_exists', 'select exists(select from article where slug = $1)')
 */
export const statement = <Row, Params extends readonly Param[] = []>(
  name: string,
  text: string,
): Statement<Row, Params> => {
  const made = { name, text: text.trim() }
  declared.set(`${made.name}: ${made.text}`, made)
  return made
}

/** Every statement that this process has declared so far. */
export const declaredStatements = (): readonly Statement<unknown>[] => [...declared.values()]

const declared = new Map<string, Statement<unknown>>()
