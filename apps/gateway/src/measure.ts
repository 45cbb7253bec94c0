import { type Route, toServiceError } from '@fastpath/contracts'
import type { Call, Metrics } from '@fastpath/timing'

export interface Measure {
  /** An answer has been written. */
  answered(call: Call): void
  /** The same, of one that needed no call. */
  took(ms: number): void
  /** There was none. Given up at its deadline, it took that long at least: left out, the slowest would be missing. */
  failed(call: Call, error: unknown): void
}

/** Records how long the requests of a route take, and counts those within and beyond its budget. */
export const measure = (metrics: Metrics, { id, budgetMs }: Route): Measure => {
  const latency = metrics.histogram(
    'fastpath_request_seconds',
    'Requests that were answered or ran out of time, by route',
    {
      route: id,
    },
  )
  const counter = (budget: 'within' | 'beyond') =>
    metrics.counter(
      'fastpath_budget_requests_total',
      'The same requests, by whether they kept to the budget of their route',
      {
        route: id,
        budget,
      },
    )
  const [within, beyond] = [counter('within'), counter('beyond')]

  const took = (tookMs: number) => {
    latency.record(tookMs)
    if (tookMs <= budgetMs) within.add()
    else beyond.add()
  }
  const answered = (call: Call) => took(performance.now() - call.trace.startedMs)
  return {
    answered,
    took,
    failed(call, error) {
      if (toServiceError(error).code === 'DEADLINE_EXCEEDED') answered(call)
    },
  }
}
