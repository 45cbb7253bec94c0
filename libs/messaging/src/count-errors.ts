import type { ErrorCode } from '@fastpath/contracts'
import type { Counter, Metrics } from '@fastpath/timing'

/** Counts the errors of one operation by code; the counter of a code is looked up when it first occurs. */
export const countErrors = (
  metrics: Metrics,
  { name, help, operation }: { name: string; help: string; operation: string },
) => {
  const counters = new Map<ErrorCode, Counter>()
  return (code: ErrorCode): void => {
    const counter = counters.get(code) ?? metrics.counter(name, help, { operation, code })
    counters.set(code, counter)
    counter.add()
  }
}
