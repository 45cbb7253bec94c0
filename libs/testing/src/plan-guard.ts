import { readdir } from 'node:fs/promises'
import {
  declaredStatements,
  describePlan,
  explain,
  type Param,
  type PlanStep,
  type Statement,
  stepsOf,
} from '@fastpath/pooling'
import postgres from 'postgres'

/** A statement with parameters such as a request brings. */
export interface Example {
  readonly statement: Statement<unknown>
  readonly params: readonly Param[]
}

/** @example example(profileByName, ['swift-otter']) */
export const example = <Params extends readonly Param[]>(
  statement: Statement<unknown, Params>,
  params: Params,
): Example => ({ statement, params })

export interface PlanGuardOptions {
  /** The service's own role, in a database with as many rows as production has. */
  readonly url: string
  /** All that the service has: see `statementsIn`. */
  readonly statements: readonly Statement<unknown>[]
  /** At least one of each. */
  readonly examples: readonly Example[]
}

/** From this on a table is big, and past it what is sorted. */
export const manyRows = 10_000

/**
 * Lets PostgreSQL explain every statement, and runs none.
 *
 * @returns how many statements have a good plan.
 * @throws Error that names every statement without an example, and every one that reads a big table in turn or sorts many
 * rows, with its plan.
 */
export const guardPlans = async ({ url, statements, examples }: PlanGuardOptions): Promise<number> => {
  const known = new Set(examples.map(({ statement }) => statement.name))
  const problems = statements
    .filter(({ name }) => !known.has(name))
    .map(({ name }) => `${name} has no example: add it, with parameters such as a request brings`)
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    const bigTables = await findBigTables(sql)
    for (const { statement, params } of examples) {
      const plan = await explain(sql, statement, params).catch((error: Error) => {
        throw new Error(`${statement.name} can't be explained: ${error.message}`, { cause: error })
      })
      const found = [...stepsOf(plan)].flatMap((step) => problemOf(step, bigTables))
      if (found.length === 0) continue
      const lines = describePlan(plan, { conditions: true }).map((line) => `    ${line}`)
      problems.push([`${statement.name} ${found.join(', ')}:`, ...lines].join('\n'))
    }
  } finally {
    await sql.end()
  }
  if (problems.length > 0) throw new Error(problems.join('\n'))
  return known.size
}

/** Loads every module below a folder, and tells all statements that were declared. */
export const statementsIn = async (folder: URL): Promise<readonly Statement<unknown>[]> => {
  const files = await readdir(folder, { recursive: true })
  for (const file of files)
    if (file.endsWith('.ts') && !file.endsWith('.test.ts')) await import(new URL(file, folder).href)
  return declaredStatements()
}

/** By their rows, as ANALYZE has counted them. */
const findBigTables = async (sql: postgres.Sql): Promise<ReadonlyMap<string, number>> => {
  const tables = await sql<{ name: string; rows: number }[]>`
    select relname as name, reltuples::integer as rows
    from pg_class
    where relkind in ('r', 'p', 'm') and relnamespace = current_schema()::regnamespace and reltuples >= ${manyRows}`
  if (tables.length === 0) throw new Error(`no table has ${manyRows} rows: load them, then ANALYZE`)
  return new Map(tables.map(({ name, rows }) => [name, rows]))
}

const problemOf = (step: PlanStep, bigTables: ReadonlyMap<string, number>): string[] => {
  const { 'Node Type': type, 'Relation Name': table = '', Plans: sources = [] } = step
  const rows = bigTables.get(table)
  if (type === 'Seq Scan' && rows !== undefined) return [`reads all of ${table} (${rows} rows) in turn`]
  // Not an incremental sort: its rows come nearly in order, and it sorts a few at a time.
  const sorted = sources[0]?.['Plan Rows'] ?? 0
  return type === 'Sort' && sorted > manyRows ? [`sorts ${sorted} rows`] : []
}
