import { createHistogram, type Histogram, type PackedBuckets } from './histogram.js'
import { packBuckets } from './packed-buckets.js'

/** What a read-out is of: the last minute (60 to 70 s), the last five (5 to 6 minutes), or all since the start. */
export const latencyWindows = ['1m', '5m', 'start'] as const
export type LatencyWindow = (typeof latencyWindows)[number]

/** A histogram of all records since the start that also knows the latest of them. */
export interface WindowedHistogram extends Histogram {
  packed(window: LatencyWindow): PackedBuckets
  /** Forgets all records. */
  reset(): void
}

/**
 * Records gather in one fresh histogram and are settled into the others at a read-out and every ten seconds, so that a
 * record costs about what it costs without windows.
 *
 * Memory: 7 kB of the histogram since the start, 21 kB of the fresh one and the two open slots, and of the closed slots
 * (at most 11) 16 bytes for each filled bucket: 40 kB for a series in use, 340 kB if every bucket of every slot were hit.
 * All but the first 7 kB are made by a record, and dropped by the next settling once they are past their window.
 *
 * @param nowMs The clock, which must not go back; tests bring their own.
 */
export const createWindowedHistogram = (nowMs: () => number = coarseClock()): WindowedHistogram => {
  let total = createHistogram()
  let minute = createSlots(slotMs, 6)
  let fiveMinutes = createSlots(6 * slotMs, 5)
  let fresh: Histogram | undefined
  let slotEndMs = Number.NEGATIVE_INFINITY

  const settle = (now: number) => {
    if (fresh) {
      const buckets = fresh.buckets()
      const slotStartMs = slotEndMs - slotMs
      for (const histogram of [total, minute.at(slotStartMs), fiveMinutes.at(slotStartMs)]) histogram.add(buckets)
      fresh = undefined
    }
    slotEndMs = (Math.floor(now / slotMs) + 1) * slotMs
  }

  const current = (): Histogram => {
    const now = nowMs()
    if (now >= slotEndMs) settle(now)
    fresh ??= createHistogram()
    return fresh
  }

  const settled = (): Histogram => {
    settle(nowMs())
    return total
  }

  return {
    record: (ms) => current().record(ms),
    add: (other) => current().add(other),
    addPacked: (other) => current().addPacked(other),
    percentileMs: (q) => settled().percentileMs(q),
    percentiles: () => settled().percentiles(),
    countUpTo: (ms) => settled().countUpTo(ms),
    buckets: () => settled().buckets(),
    packed(window) {
      const now = nowMs()
      settle(now)
      if (window === 'start') return packBuckets(total.buckets())
      return (window === '1m' ? minute : fiveMinutes).packed(now)
    },
    reset() {
      total = createHistogram()
      minute = createSlots(slotMs, 6)
      fiveMinutes = createSlots(6 * slotMs, 5)
      fresh = undefined
    },
  }
}

const slotMs = 10_000

let coarseNowMs = 0
let ticking: NodeJS.Timeout | undefined

/** To the second: `performance.now()` was measured at twice the price of the record itself. */
const coarseClock = () => {
  const tick = () => {
    coarseNowMs = performance.now()
  }
  if (!ticking) tick()
  ticking ??= setInterval(tick, 1_000).unref()
  return () => coarseNowMs
}

/** The slot that is recorded into, and the `kept` ones before it, packed. */
const createSlots = (lastingMs: number, kept: number) => {
  let open: Histogram | undefined
  let endMs = Number.NEGATIVE_INFINITY
  const closed: { readonly endMs: number; readonly packed: PackedBuckets }[] = []

  const turn = (nowMs: number) => {
    if (open) closed.push({ endMs, packed: packBuckets(open.buckets()) })
    open = undefined
    const startMs = Math.floor(nowMs / lastingMs) * lastingMs
    endMs = startMs + lastingMs
    while (closed[0] && closed[0].endMs <= startMs - kept * lastingMs) closed.shift()
  }

  return {
    at(nowMs: number): Histogram {
      if (nowMs >= endMs) turn(nowMs)
      open ??= createHistogram()
      return open
    },
    packed(nowMs: number): PackedBuckets {
      if (nowMs >= endMs) turn(nowMs)
      const sum = createHistogram()
      for (const { packed } of closed) sum.addPacked(packed)
      if (open) sum.add(open.buckets())
      return packBuckets(sum.buckets())
    },
  }
}
