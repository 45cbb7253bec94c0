import { findVerdicts, Trace, type Usage } from '@fastpath/timing'
import { expect } from '@jest/globals'

/** The most that the work of a trace may ask for: statements, and calls to services, in its whole tree. */
export interface TraceBudget {
  readonly queries?: number
  readonly calls?: number
}

declare module 'expect' {
  // The type parameters must be those of the interface that is added to.
  interface Matchers<R extends void | Promise<void>, T = unknown> {
    /** At most so many statements and calls, in this process and in those that were called. */
    toStayWithin(budget: TraceBudget): R
    /** No statement and no operation more than five times, with other or with the same arguments. */
    toHaveNoNPlusOne(): R
  }
}

expect.extend({
  toStayWithin(received: unknown, budget: TraceBudget) {
    const trace = traceFrom(received)
    const spent: Required<TraceBudget> = { queries: trace.countOf('statement'), calls: trace.countOf('operation') }
    const limited = (['queries', 'calls'] as const).filter((what) => budget[what] !== undefined)
    const told = (amounts: TraceBudget) => limited.map((what) => `${what}: ${amounts[what]}`).join(', ')
    return {
      pass: limited.every((what) => spent[what] <= (budget[what] ?? 0)),
      message: () =>
        `expected ${this.isNot ? 'more than' : 'at most'} ${told(budget)}; spent ${told(spent)}\n${listing(trace)}`,
    }
  },

  toHaveNoNPlusOne(received: unknown) {
    const trace = traceFrom(received)
    const repeats = findVerdicts(trace).filter(({ verdict }) => verdict === 'n-plus-one' || verdict === 'duplicate')
    const found = repeats.map(({ verdict, says, advice }) => `  ${verdict}: ${says}; ${advice}`).join('\n')
    return {
      pass: repeats.length === 0,
      message: () => `expected ${this.isNot ? 'an' : 'no'} N+1${found && `, but found\n${found}`}\n${listing(trace)}`,
    }
  },
})

const traceFrom = (received: unknown): Trace => {
  if (received instanceof Trace) return received
  throw new TypeError(`takes a Trace, such as call.trace, and got ${received === null ? 'null' : typeof received}`)
}

/** Everything that was asked for, most often used first. */
const listing = (trace: Trace): string =>
  (['statement', 'operation'] as const)
    .flatMap((kind) =>
      [...trace.usages(kind)]
        .sort(([, a], [, b]) => b.count - a.count)
        .map(([name, usage]) => `  ${kind.padEnd(9)} ${describe(name, usage)}`),
    )
    .join('\n')

const describe = (name: string, { count, distinct, site }: Usage): string =>
  `${name} ${count}x, ${distinct} different${site ? `, at ${site}` : ''}`
