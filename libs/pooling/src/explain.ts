import type postgres from 'postgres'
import type { Param, Statement } from './statement.js'

/** A step of a plan, as far as we read it, by PostgreSQL's own names; `Plans` are the steps that feed it. */
export interface PlanStep {
  readonly 'Node Type': string
  /** `Insert`, `Update` or `Delete`, of a step that modifies. */
  readonly Operation?: string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Index Cond'?: string
  readonly Filter?: string
  readonly 'Sort Key'?: readonly string[]
  /** Estimates: for each time that the step is run. */
  readonly 'Plan Rows': number
  readonly 'Total Cost': number
  readonly Plans?: readonly PlanStep[]
}

/** How PostgreSQL would run a statement with these parameters. Nothing is run, so that a statement which modifies may be explained too. */
export const explain = async (
  sql: Pick<postgres.Sql, 'unsafe'>,
  { text }: Statement<unknown>,
  params: readonly Param[],
): Promise<PlanStep> => {
  const found = await sql.unsafe(`explain (format json) ${text}`, params as postgres.ParameterOrJSON<never>[]).values()
  const [[explained]] = found as unknown as [[readonly [{ readonly Plan: PlanStep }]]]
  return explained[0].Plan
}

/** A step and all that feed it, from the top. */
export function* stepsOf(plan: PlanStep): Generator<PlanStep> {
  yield plan
  for (const source of plan.Plans ?? []) yield* stepsOf(source)
}

export interface DescribePlanOptions {
  /** With what is compared and sorted by. It holds parameters' values, which may be personal: not for logs. */
  readonly conditions?: boolean
}

/** A plan as lines for a reader, one a step, such as `  Index Scan using account_pkey on account, rows 1, cost 8`. */
export const describePlan = (plan: PlanStep, { conditions = false }: DescribePlanOptions = {}, depth = 0): string[] => {
  const indent = '  '.repeat(depth)
  const step = [
    plan['Node Type'],
    plan.Operation,
    named('using', plan['Index Name']),
    named('on', plan['Relation Name']),
  ]
  const compared = [
    named('index:', plan['Index Cond']),
    named('filter:', plan.Filter),
    named('by:', plan['Sort Key']?.join(', ')),
  ]
  return [
    `${indent}${present(step).join(' ')}, rows ${plan['Plan Rows']}, cost ${Math.round(plan['Total Cost'])}`,
    ...(conditions ? present(compared).map((line) => `${indent}    ${line.slice(0, maxConditionLength)}`) : []),
    ...(plan.Plans ?? []).flatMap((source) => describePlan(source, { conditions }, depth + 1)),
  ]
}

/** A list of a thousand ids says no more than its first. */
const maxConditionLength = 200

const named = (word: string, name: string | undefined) => name && `${word} ${name}`
const present = (texts: readonly (string | undefined)[]) => texts.filter((text) => text !== undefined)
