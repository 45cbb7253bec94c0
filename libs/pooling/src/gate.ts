import { ServiceError } from '@fastpath/contracts'
import type { Call, Histogram, Sweeper, Waiter } from '@fastpath/timing'

export interface GateOptions {
  /** How many may be inside at once. */
  readonly limit: number
  /** How many may wait; the next one is refused. */
  readonly maxWaiting: number
  readonly sweeper: Sweeper
  /** Records the time from asking to entering, of those who had to wait. */
  readonly waits: Histogram
  /** How long one is expected to be inside as long as nobody has been; 0 unless told. */
  readonly firstStayMs?: number
}

/** A bounded room with a bounded queue before it. */
export interface Gate {
  readonly inside: number
  readonly waiting: number
  /**
   * Resolves when there is room; `undefined`, at once, where there is room already.
   * @throws ServiceError `OVERLOADED` at once when the queue is full, or too long for the call's remaining time;
   * `DEADLINE_EXCEEDED` or `CANCELLED` when that comes true while waiting.
   */
  enter(call: Call): Promise<void> | undefined
  /** `stayedMs`: how long the one who leaves was inside. */
  leave(stayedMs: number): void
}

/** Weight of the newest stay in the running estimate: about the last twenty count. */
const estimateWeight = 0.05

export const createGate = ({ limit, maxWaiting, sweeper, waits, firstStayMs = 0 }: GateOptions): Gate => {
  const queue = new Set<Waiting>()
  let inside = 0
  let expectedStayMs = firstStayMs

  const admit = () => {
    for (const next of queue) {
      queue.delete(next)
      sweeper.forget(next.watched)
      waits.record(performance.now() - next.sinceMs)
      next.resolve()
      return true
    }
    return false
  }

  return {
    get inside() {
      return inside
    },
    get waiting() {
      return queue.size
    },
    enter(call) {
      if (inside < limit) {
        inside++
        return undefined
      }
      const expectedWaitMs = ((queue.size + 1) * expectedStayMs) / limit
      // Who enters just before its deadline has waited, and works, for nothing.
      if (queue.size >= maxWaiting || expectedWaitMs + expectedStayMs > call.remainingMs()) {
        throw new ServiceError('OVERLOADED', `${queue.size} wait already, for about ${Math.ceil(expectedWaitMs)} ms`)
      }
      return new Promise((resolve, reject) => {
        const waiting: Waiting = {
          call,
          sinceMs: performance.now(),
          resolve,
          watched: 0,
          expire: () => {
            queue.delete(waiting)
            reject(waitIsOver(call))
          },
        }
        queue.add(waiting)
        waiting.watched = sweeper.watch(waiting)
      })
    },
    leave(stayedMs) {
      expectedStayMs += (stayedMs - expectedStayMs) * estimateWeight
      if (!admit()) inside--
    },
  }
}

interface Waiting extends Waiter {
  readonly sinceMs: number
  watched: number
  resolve(): void
}

/** Why a wait ended without its outcome. */
export const waitIsOver = (call: Call): ServiceError =>
  call.cancelled
    ? new ServiceError('CANCELLED', 'nobody waits for this any more')
    : new ServiceError('DEADLINE_EXCEEDED', 'the deadline has passed')
