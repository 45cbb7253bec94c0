import { callSite, createJudge, createMetrics, Trace } from '@fastpath/timing'
import { serveLab } from '../child.js'
import { microsecondsOf } from '../microseconds-of.js'

/** Statements of a request. */
const statementCount = 20

export interface Round {
  /** Different names; none where nothing is counted. */
  readonly names: number
  /** Whether the place in the code is looked for where it is wanted. */
  readonly site?: boolean
  readonly ms: number
}

const statementNames = Array.from({ length: statementCount }, (_, i) => `statement_${i}`)
const judge = createJudge({ mode: 'warn', metrics: createMetrics() })
const log = { warn: () => {} }

const request = ({ names, site = false }: Omit<Round, 'ms'>): Trace => {
  const trace = new Trace()
  for (let i = 0; i < statementCount; i++) {
    trace.begin('db')
    const usage = names > 0 ? trace.use('statement', statementNames[i % names] as string, [i, 'a-slug']) : undefined
    if (site && usage?.wantsSite) usage.site = callSite() ?? ''
    trace.end('db')
    usage?.end(0.5, 1)
  }
  if (names > 0) judge({ trace, log }, 'route')
  return trace
}

/** A stack as it is below a framework. */
const deep = (calls: number, work: () => unknown): unknown => (calls === 0 ? work() : deep(calls - 1, work))

const answer = async ({ ms, ...way }: Round) => microsecondsOf(() => deep(12, () => request(way)), ms)

await serveLab(async () => ({ started: null, answer }))
