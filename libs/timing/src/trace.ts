import { Intervals } from './intervals.js'
import type { TimingEntry } from './server-timing.js'
import { newTraceContext, type TraceContext } from './traceparent.js'

export type CountKind = 'statement' | 'operation'

/** What a reply carries home: flat, so that it costs a few bytes. Times are whole microseconds. */
export interface TraceReport {
  /** `[total, name, start, duration, name, start, duration, …]`, starts relative to the start of the callee. */
  readonly timings: readonly (string | number)[]
  /** `[kind, name, count, …]`, kind 0 for statements and 1 for operations. */
  readonly counts: readonly (string | number)[]
}

const countKinds: readonly CountKind[] = ['statement', 'operation']

/**
 * Where one request's time went in this process, and what it asked of others: named spans whose overlaps are counted
 * once, and how often each statement and operation was used.
 *
 * A class, since it is the hottest mutable state of all: one per request, several writes per statement.
 */
export class Trace {
  readonly startedMs: number = performance.now()
  #context: TraceContext | undefined
  #spans = new Map<string, Span>()
  #descriptions: Map<string, string> | undefined
  #counts: Record<CountKind, Map<string, number>> = { statement: new Map(), operation: new Map() }

  constructor(context?: TraceContext) {
    this.#context = context
  }

  /** Made when first asked for: a request that nobody follows needs no identity. */
  get context(): TraceContext {
    this.#context ??= newTraceContext()
    return this.#context
  }

  /** Opens `name`; what is open twice is still counted once. Every `begin` needs its `end`, in a `finally`. */
  begin(name: string): void {
    const span = this.#span(name)
    if (span.open++ === 0) span.sinceMs = performance.now()
  }

  end(name: string): void {
    const span = this.#span(name)
    if (span.open > 0 && --span.open === 0) span.intervals.add(span.sinceMs, performance.now())
  }

  /** Records an interval that is already over, on the clock of `performance.now()`. */
  add(name: string, startMs: number, endMs: number): void {
    this.#span(name).intervals.add(startMs, endMs)
  }

  /** A word beside an entry, as `cache;desc="hit"`. */
  describe(name: string, description: string): void {
    this.#descriptions ??= new Map()
    this.#descriptions.set(name, description)
  }

  count(kind: CountKind, name: string, times = 1): void {
    const counts = this.#counts[kind]
    counts.set(name, (counts.get(name) ?? 0) + times)
  }

  /** How often each was used, here and in every process that was called. */
  counts(kind: CountKind): ReadonlyMap<string, number> {
    return this.#counts[kind]
  }

  countOf(kind: CountKind): number {
    let sum = 0
    for (const count of this.#counts[kind].values()) sum += count
    return sum
  }

  /** Milliseconds that `name` covers so far, open spans included. */
  coveredMs(name: string): number {
    const span = this.#spans.get(name)
    return span ? coveredMs(span, performance.now()) : 0
  }

  report(): TraceReport {
    const nowMs = performance.now()
    const timings: (string | number)[] = [toMicros(nowMs - this.startedMs)]
    for (const [name, span] of this.#spans) {
      const firstMs = Math.min(span.intervals.firstMs, span.open > 0 ? span.sinceMs : Number.POSITIVE_INFINITY)
      timings.push(name, toMicros(firstMs - this.startedMs), toMicros(coveredMs(span, nowMs)))
    }
    const counts: (string | number)[] = []
    for (let kind = 0; kind < countKinds.length; kind++) {
      for (const [name, count] of this.#counts[countKinds[kind] as CountKind]) counts.push(kind, name, count)
    }
    return { timings, counts }
  }

  /**
   * Takes over a callee's report under the name of the hop: `db` of `feed` becomes `feed.db` and adds to the own `db`.
   *
   * The clocks of two processes can't be compared, so the callee's total is put in the middle of the time that its
   * caller waited, and each part within that: no part is ever larger than the hop, and no sum larger than the total.
   */
  merge(hop: string, { timings, counts }: TraceReport, startedMs: number, endedMs: number): void {
    const calleeMs = Number(timings[0] ?? 0) / 1000
    const beginMs = startedMs + Math.max(0, (endedMs - startedMs - calleeMs) / 2)
    for (let i = 1; i + 2 < timings.length; i += 3) {
      const name = String(timings[i])
      const startMs = Math.min(beginMs + Number(timings[i + 1]) / 1000, endedMs)
      const endMs = Math.min(startMs + Number(timings[i + 2]) / 1000, endedMs)
      this.add(`${hop}.${name}`, startMs, endMs)
      if (name === 'db') this.add('db', startMs, endMs)
    }
    for (let i = 0; i + 2 < counts.length; i += 3) {
      const kind = countKinds[Number(counts[i])]
      if (kind) this.count(kind, String(counts[i + 1]), Number(counts[i + 2]))
    }
  }

  /** The entries of a `Server-Timing` header: `total`, `db` and `serialize` always and first, then each hop and its parts. */
  entries(): TimingEntry[] {
    const nowMs = performance.now()
    const entry = (name: string): TimingEntry => {
      const span = this.#spans.get(name)
      const durMs = span ? coveredMs(span, nowMs) : 0
      const desc = this.#descriptions?.get(name) ?? defaultDescriptions[name]
      return desc === undefined ? { name, durMs } : { name, durMs, desc }
    }
    const others = [...this.#spans.keys()].filter((name) => !Object.hasOwn(defaultDescriptions, name)).sort()
    return [
      { name: 'total', durMs: nowMs - this.startedMs },
      ...Object.keys(defaultDescriptions).map(entry),
      ...others.map(entry),
    ]
  }

  #span(name: string): Span {
    let span = this.#spans.get(name)
    if (!span) {
      span = { open: 0, sinceMs: 0, intervals: new Intervals() }
      this.#spans.set(name, span)
    }
    return span
  }
}

interface Span {
  open: number
  sinceMs: number
  readonly intervals: Intervals
}

const defaultDescriptions: Readonly<Record<string, string>> = { db: 'Database', serialize: 'Serialization' }

const coveredMs = (span: Span, nowMs: number): number =>
  span.intervals.coveredMs() + (span.open > 0 ? nowMs - span.sinceMs : 0)

const toMicros = (ms: number): number => Math.max(0, Math.round(ms * 1000))
