import { Intervals } from './intervals.js'
import type { TimingEntry } from './server-timing.js'
import { newTraceContext, type TraceContext } from './traceparent.js'
import { Usage } from './usage.js'

export type CountKind = 'statement' | 'operation'

/** What a reply carries home: flat, so that it costs a few bytes. Times are whole microseconds. */
export interface TraceReport {
  /** `[total, name, start, duration, name, start, duration, …]`, starts relative to the start of the callee. */
  readonly timings: readonly (string | number)[]
  /** `[kind, name, count, …]`, kind 0 for statements and 1 for operations. */
  readonly counts: readonly (string | number)[]
  /** For each of `counts`, in its order, what `Usage.write` says of it. */
  readonly usages: readonly (string | number)[]
}

const countKinds: readonly CountKind[] = ['statement', 'operation']

/**
 * Where one request's time went in this process, and what it asked of others: named spans whose overlaps are counted
 * once, and how each statement and operation was used.
 *
 * A class, since it is the hottest mutable state of all: one per request, several writes per statement.
 */
export class Trace {
  readonly startedMs: number = performance.now()
  #context: TraceContext | undefined
  #spans = new Map<string, Span>()
  #descriptions: Map<string, string> | undefined
  #concealed = false
  #notes: TimingEntry[] | undefined
  #usages: Record<CountKind, Map<string, Usage>> = { statement: new Map(), operation: new Map() }

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

  described(name: string): string | undefined {
    return this.#descriptions?.get(name)
  }

  /** From now on only the total is told: the parts would give something away. */
  conceal(): void {
    this.#concealed = true
  }

  /** An entry of its own with a word and no time, as `n-plus-one;desc="article_by_id 20x"`. */
  note(name: string, desc: string): void {
    this.#notes ??= []
    this.#notes.push({ name, desc })
  }

  /** Counts one use, of which the caller tells the outcome with `usage.end`. The arguments must not be changed later. */
  use(kind: CountKind, name: string, args: unknown): Usage {
    const usage = this.#usage(kind, name)
    usage.begin(args)
    return usage
  }

  /** How each was used, here and in every process that was called. */
  usages(kind: CountKind): ReadonlyMap<string, Usage> {
    return this.#usages[kind]
  }

  /** How often each was used: `{ article_page: 1, profiles_by_ids: 1 }`. */
  counts(kind: CountKind): Record<string, number> {
    return Object.fromEntries([...this.#usages[kind]].map(([name, { count }]) => [name, count]))
  }

  countOf(kind: CountKind): number {
    let sum = 0
    for (const { count } of this.#usages[kind].values()) sum += count
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
    const usages: (string | number)[] = []
    for (let kind = 0; kind < countKinds.length; kind++) {
      for (const [name, usage] of this.#usages[countKinds[kind] as CountKind]) {
        counts.push(kind, name, usage.count)
        usage.write(usages)
      }
    }
    return { timings, counts, usages }
  }

  /**
   * Takes over a callee's report under the name of the hop: `db` of `feed` becomes `feed.db` and adds to the own `db`.
   *
   * The clocks of two processes can't be compared, so the callee's total is put in the middle of the time that its
   * caller waited, and each part within that: no part is ever larger than the hop, and no sum larger than the total.
   */
  merge(hop: string, { timings, counts, usages }: TraceReport, startedMs: number, endedMs: number): void {
    const calleeMs = numberOf(timings[0]) / 1000
    const beginMs = startedMs + Math.max(0, (endedMs - startedMs - calleeMs) / 2)
    for (let i = 1; i + 2 < timings.length; i += 3) {
      const name = textOf(timings[i])
      const startMs = Math.min(beginMs + numberOf(timings[i + 1]) / 1000, endedMs)
      const endMs = Math.min(startMs + numberOf(timings[i + 2]) / 1000, endedMs)
      this.add(`${hop}.${name}`, startMs, endMs)
      if (name === 'db') this.add('db', startMs, endMs)
    }
    this.#take(counts, usages)
  }

  #take(counts: TraceReport['counts'], usages: TraceReport['usages']): void {
    let at = 0
    for (let i = 0; i + 2 < counts.length; i += 3) {
      const kind = countKinds[numberOf(counts[i], -1)]
      const count = numberOf(counts[i + 2])
      // What this version does not know is read past.
      const isKnown = kind !== undefined && Number.isSafeInteger(count) && count > 0
      const usage = isKnown ? this.#usage(kind, textOf(counts[i + 1])) : new Usage()
      at = usage.merge(isKnown ? count : 0, usages, at)
    }
  }

  /** Takes over what work that several requests shared has recorded, as if each of them had done it alone. */
  adopt(shared: Trace): void {
    const nowMs = performance.now()
    for (const [name, span] of shared.#spans) {
      const { firstMs } = span.intervals
      this.add(name, firstMs, firstMs + coveredMs(span, nowMs))
    }
    const { counts, usages } = shared.report()
    this.#take(counts, usages)
  }

  /** The entries of a `Server-Timing` header: `total`, `db` and `serialize` always and first, then each hop and its parts. */
  entries(): TimingEntry[] {
    const nowMs = performance.now()
    if (this.#concealed) return [{ name: 'total', durMs: nowMs - this.startedMs }]
    const entry = (name: string): TimingEntry => {
      const span = this.#spans.get(name)
      const durMs = span ? coveredMs(span, nowMs) : 0
      const desc = this.#descriptions?.get(name) ?? defaultDescriptions.get(name)
      return desc === undefined ? { name, durMs } : { name, durMs, desc }
    }
    // What has a word and took no time is told too.
    const names = new Set([...this.#spans.keys(), ...(this.#descriptions?.keys() ?? [])])
    const others = [...names].filter((name) => !defaultDescriptions.has(name)).sort()
    return [
      { name: 'total', durMs: nowMs - this.startedMs },
      ...[...defaultDescriptions.keys()].map(entry),
      ...others.map(entry),
      ...(this.#notes ?? []),
    ]
  }

  #usage(kind: CountKind, name: string): Usage {
    let usage = this.#usages[kind].get(name)
    if (!usage) {
      usage = new Usage()
      this.#usages[kind].set(name, usage)
    }
    return usage
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

// A Map: a span may be called anything, `constructor` too.
const defaultDescriptions: ReadonlyMap<string, string> = new Map([
  ['db', 'Database'],
  ['serialize', 'Serialization'],
])

const coveredMs = (span: Span, nowMs: number): number =>
  span.intervals.coveredMs() + (span.open > 0 ? nowMs - span.sinceMs : 0)

const toMicros = (ms: number): number => Math.max(0, Math.round(ms * 1000))

// A report comes from another process: converting what is neither may run into anything, and throw.
const numberOf = (value: unknown, otherwise = 0): number => (typeof value === 'number' ? value : otherwise)
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
