import { type Call, callSite, type Histogram, type Metrics } from '@fastpath/timing'
import type { QueryLog } from './query-log.js'
import type { Param, Statement } from './statement.js'

export interface StatementCountsOptions {
  readonly metrics: Metrics
  /** Whether a statement that is asked for once too often notes who asks. */
  readonly callSites: boolean
  readonly queries: QueryLog | undefined
}

/** What is known of a statement when it is asked for. */
export interface Asked {
  readonly params: readonly Param[]
  readonly waits: boolean
}

/** What is known of it afterwards; no rows where it has failed. */
export type Ran = (tookMs: number, rows?: number) => void

/** What statements leave behind: their use in the call's trace, a histogram of each name, the query log. */
export const createStatementCounts = ({ metrics, callSites, queries }: StatementCountsOptions) => {
  const histograms = new Map<string, Histogram>()

  const histogramOf = (statement: string): Histogram => {
    let histogram = histograms.get(statement)
    if (!histogram) {
      histogram = metrics.histogram('fastpath_statement_seconds', 'Statements, from sent to answered', { statement })
      histograms.set(statement, histogram)
    }
    return histogram
  }

  /** Counts a statement, at once when it is asked for: later the caller's code is no longer on the stack. */
  return (call: Call, { name: statement }: Statement<unknown>, { params, waits }: Asked): Ran => {
    const usage = call.trace.use('statement', statement, params)
    if (waits) usage.waits++
    if (callSites && usage.wantsSite) usage.site = callSite() ?? ''
    const site = queries && callSite()
    return (tookMs, rows) => {
      usage.end(tookMs, rows ?? 0)
      histogramOf(statement).record(tookMs)
      queries?.add(call, { statement, tookMs, rows, site })
    }
  }
}
