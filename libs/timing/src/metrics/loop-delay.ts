import type { Histogram } from './histogram.js'

/** How late this process is with its work: the time that what it reads now has already waited for it. */
export interface LoopDelay {
  /** Milliseconds; `nowMs` is the `performance.now()` that the caller has at hand. */
  delayMs(nowMs: number): number
  stop(): void
}

const everyMs = 20
/** Timers are a millisecond late on an idle loop as well. */
const usualMs = 1
/** A process that was stopped for longer is told as this. */
const longestMs = 60_000

/**
 * Watches the event loop by the lateness of one timer. After a block the timers run first, then what has arrived is
 * read, then immediates run: so the lateness stands for exactly those messages that waited behind the block, and for
 * none of the fresh ones after them. (A histogram of `perf_hooks` tells of the past, not of the message at hand, and
 * can't be added to another process's.)
 *
 * @param delays Records each lateness. For a block also that of every timer which could not even be set meanwhile: what
 * comes at any moment of a block of 200 ms waits for its rest, and one record of 200 ms among hundreds of zeros would hide that.
 */
export const watchLoopDelay = (delays?: Pick<Histogram, 'record'>): LoopDelay => {
  let dueMs = performance.now() + everyMs
  let lateMs = 0

  const timer = setInterval(() => {
    const nowMs = performance.now()
    lateMs = nowMs - dueMs - usualMs
    dueMs = nowMs + everyMs
    if (lateMs > 0) setImmediate(forget)
    if (delays) recordEach(delays, Math.min(Math.max(0, lateMs), longestMs))
  }, everyMs).unref()

  const forget = () => {
    lateMs = 0
  }

  return {
    // The second term: the block is still going on, as when one batch of messages is read.
    delayMs: (nowMs) => Math.max(0, lateMs, nowMs - dueMs - usualMs),
    stop: () => clearInterval(timer),
  }
}

const recordEach = (delays: Pick<Histogram, 'record'>, lateMs: number): void => {
  delays.record(lateMs)
  for (let restMs = lateMs - everyMs; restMs > 0; restMs -= everyMs) delays.record(restMs)
}
