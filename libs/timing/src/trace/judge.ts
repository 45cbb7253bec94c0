import type { Log } from '../call.js'
import type { Metrics } from '../metrics/metrics.js'
import type { Trace } from './trace.js'
import { findVerdicts, type Verdict, type VerdictLimits } from './verdicts.js'

/** `count`: counters and now and then an example in the log; `warn`: a line for every place; `fail`: the request too. */
export const judgeModes = ['off', 'count', 'warn', 'fail'] as const
export type JudgeMode = (typeof judgeModes)[number]

export interface JudgeOptions {
  readonly mode: JudgeMode
  readonly metrics: Metrics
  readonly limits?: VerdictLimits
}

/** The root of a request: a `Call`, or what a program without calls has of it. */
export interface Judged {
  readonly trace: Trace
  readonly log: Pick<Log, 'warn'>
}

/** Judges the whole tree of a request, of which `call` is the root, and returns those verdicts that it is to fail for. */
export type Judge = (call: Judged, route: string) => readonly Verdict[]

/** In `count`: one example per verdict and route in this time. */
const exampleEveryMs = 60_000
/** In `warn`: places that were told of, of which a program has few. */
const maxPlaces = 10_000

/**
 * Makes the judge of a process that answers requests; asked once for each, when its work is done and before its headers
 * go. Verdicts are counted, told in the log of the call and, but for `count`, noted for `Server-Timing`.
 */
export const createJudge = ({ mode, metrics, limits }: JudgeOptions): Judge => {
  if (mode === 'off') return () => []
  const mayTell = mode === 'count' ? rarely() : once()

  return (call, route) => {
    const verdicts = findVerdicts(call.trace, limits)
    for (const told of verdicts) {
      const { verdict, says, advice } = told
      metrics.counter('fastpath_verdicts_total', 'Classic mistakes, by what they are', { verdict, route }).add()
      if (mode !== 'count') call.trace.note(verdict, says)
      const place = mode === 'count' ? `${verdict} ${route}` : `${verdict} ${told.name} ${told.site} ${route}`
      if (mayTell(place)) call.log.warn({ ...told, route }, `${verdict}: ${says}, in ${route}; ${advice}`)
    }
    return mode === 'fail' ? verdicts.filter(isRepeat) : []
  }
}

/** The others depend on the machine and on the data: a test must not fail for them. */
const isRepeat = ({ verdict }: Verdict): boolean => verdict === 'n-plus-one' || verdict === 'duplicate'

const once = () => {
  const told = new Set<string>()
  return (place: string): boolean => {
    if (told.has(place) || told.size >= maxPlaces) return false
    told.add(place)
    return true
  }
}

const rarely = () => {
  const quietUntilMs = new Map<string, number>()
  return (place: string): boolean => {
    const nowMs = performance.now()
    if (nowMs < (quietUntilMs.get(place) ?? 0)) return false
    quietUntilMs.set(place, nowMs + exampleEveryMs)
    return true
  }
}
