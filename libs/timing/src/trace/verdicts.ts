import type { CountKind, Trace } from './trace.js'
import { maxRepeats, type Usage } from './usage.js'

export type VerdictKind = 'n-plus-one' | 'duplicate' | 'unbounded' | 'fat' | 'pool-wait'

/** A classic mistake, found in the trace of one request. */
export interface Verdict {
  readonly verdict: VerdictKind
  /** What it is about; a wait is told of the span in which it was. */
  readonly kind: CountKind | 'pool'
  readonly name: string
  /** How often it was used; for a wait, how many waited. */
  readonly count: number
  /** File and line of the code, where they were looked up. */
  readonly site?: string
  readonly advice: string
  /** All of it but the advice, in a few words: `user.getProfile 20x at apps/shop/page.ts:12`. */
  readonly says: string
}

export interface VerdictLimits {
  /** Uses of one name in one tree. */
  readonly repeats?: number
  /** Rows that one statement may return. */
  readonly rows?: number
  /** Requests that take less are not asked where their time went. */
  readonly slowMs?: number
  /** The part of a slow request that one statement may take, and the part that waiting for the pool may take. */
  readonly fatShare?: number
  readonly waitShare?: number
}

/** What the whole tree of calls behind a request did wrong: the root's trace holds what its callees have reported. */
export const findVerdicts = (trace: Trace, limits: VerdictLimits = {}): Verdict[] => {
  const { repeats = maxRepeats, rows = 1_000, slowMs = 20, fatShare = 0.8, waitShare = 0.2 } = limits
  const found: Verdict[] = []
  for (const [name, usage] of trace.usages('operation')) {
    if (usage.count > repeats) found.push(repeated('operation', name, usage, repeats))
  }
  const callsRepeat = found.length > 0
  const tookMs = performance.now() - trace.startedMs
  for (const [name, usage] of trace.usages('statement')) {
    // Where calls repeat, statements that no callee repeated by itself are only their consequence.
    if (usage.count > repeats && (!callsRepeat || usage.together > repeats || usage.site)) {
      found.push(repeated('statement', name, usage, repeats))
    }
    if (usage.mostRows > rows) found.push(unbounded(name, usage))
    if (tookMs > slowMs && usage.slowestMs > tookMs * fatShare) found.push(fat(name, usage, tookMs))
  }
  return tookMs > slowMs ? found.concat(poolWaits(trace, tookMs, waitShare)) : found
}

/** In a mix it is what most of the uses are. */
const repeated = (kind: CountKind, name: string, usage: Usage, repeats: number): Verdict => {
  const { count, distinct, mostSame, site } = usage
  const same = mostSame > repeats && mostSame > distinct
  const verdict = same ? 'duplicate' : 'n-plus-one'
  const advice = same
    ? 'ask once and hand the answer on'
    : kind === 'statement'
      ? 'ask for all at once: one statement with = ANY($1)'
      : 'ask for all at once: an operation that takes many keys'
  const says = `${name} ${count}x${site ? ` at ${site}` : ''}`
  return { verdict, kind, name, count, ...(site && { site }), advice, says }
}

const unbounded = (name: string, { count, mostRows }: Usage): Verdict => {
  const says = `${name} returned ${mostRows} rows`
  return { verdict: 'unbounded', kind: 'statement', name, count, advice: 'read page by page: give it a limit', says }
}

const fat = (name: string, { count, slowestMs }: Usage, tookMs: number): Verdict => {
  const says = `${name} took ${slowestMs.toFixed(1)} of ${tookMs.toFixed(1)} ms`
  const advice = 'look at its plan: an index may be missing, or it reads more than the answer needs'
  return { verdict: 'fat', kind: 'statement', name, count, advice, says }
}

/** One for each process whose statements waited: its own `pool`, and `feed.pool` of a callee. */
const poolWaits = (trace: Trace, tookMs: number, waitShare: number): Verdict[] => {
  let count = 0
  for (const { waits } of trace.usages('statement').values()) count += waits
  return trace
    .entries()
    .filter(({ name, durMs = 0 }) => /(^|\.)pool$/.test(name) && durMs > tookMs * waitShare)
    .map(({ name, durMs = 0 }) => ({
      verdict: 'pool-wait',
      kind: 'pool',
      name,
      count,
      advice: 'a larger pool, or fewer and faster statements',
      says: `${name} took ${durMs.toFixed(1)} of ${tookMs.toFixed(1)} ms`,
    }))
}
