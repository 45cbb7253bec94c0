import type { Call } from './call.js'
import { Slots } from './slots.js'

/** Something that waits on behalf of a call. */
export interface Waiter {
  readonly call: Call
  /** The call's deadline has passed, or it was cancelled. Called once; the waiter is already forgotten. */
  expire(): void
}

export interface Sweeper {
  /** Gives the number by which it is forgotten. */
  watch(waiter: Waiter): number
  forget(watched: number): void
}

/**
 * Ends waits whose deadline has passed: one timer for all of them instead of one each. A wait may last up to `everyMs`
 * longer than its deadline says. The timer rests while nothing waits, and never keeps a process alive.
 */
export const createSweeper = (everyMs = 10): Sweeper => {
  const waiting = new Slots<Waiter>()
  let armed = false

  const sweep = () => {
    armed = false
    const nowMs = performance.now()
    for (const [number, waiter] of waiting) {
      if (!waiter.call.cancelled && waiter.call.deadlineMs > nowMs) continue
      waiting.delete(number)
      waiter.expire()
    }
    arm()
  }

  const arm = () => {
    if (armed || waiting.size === 0) return
    armed = true
    setTimeout(sweep, everyMs).unref()
  }

  return {
    watch(waiter) {
      const watched = waiting.add(waiter)
      arm()
      return watched
    },
    forget: (watched) => waiting.delete(watched),
  }
}
