import { errorTable, ServiceError, toServiceError } from '@fastpath/contracts'
import { Call, type Sweeper } from '@fastpath/timing'
import type { Entry } from './entry.js'
import type { Flight, Landed } from './flight.js'

/** What is left of a caller's time for serving something old instead. */
const marginMs = 50

/**
 * Waits for a flight no longer than `call` has time. Should it fail or be late, what was kept before is served instead,
 * where it may be; a deadline is then kept with some time to spare. `CANCELLED`, `DEADLINE_EXCEEDED`, or as the load.
 */
export const awaitFlight = <V>(sweeper: Sweeper, call: Call, flight: Flight<V>): Promise<Landed<V> | Entry<V>> =>
  new Promise((resolve, reject) => {
    const instead = usable(call, flight.fallback)
    if (instead && flight.isLate) return resolve(instead)
    const remainingMs = call.remainingMs()
    const soonMs = remainingMs - Math.min(marginMs, remainingMs / 4)
    const waiter = {
      call: instead ? new Call({ timeoutMs: soonMs }) : call,
      expire() {
        flight.isLate = true
        const fallback = usable(call, flight.fallback)
        if (fallback && !call.cancelled) resolve(fallback)
        else reject(waitIsOver(call))
      },
    }
    const watched = sweeper.watch(waiter)
    flight.landed.then(
      (landed) => {
        sweeper.forget(watched)
        resolve(landed)
      },
      (error) => {
        sweeper.forget(watched)
        const fallback = isOutage(error) ? usable(call, flight.fallback) : undefined
        if (fallback) resolve(fallback)
        else reject(error)
      },
    )
  })

/**
 * The entry, if it may be served although it is too old or was invalidated, since there is nothing better. Not to who is
 * signed in: they may have written what it is older than.
 */
export const usable = <V>(call: Call, entry: Entry<V> | undefined): Entry<V> | undefined =>
  entry && !call.viewer && entry.endMs > entry.hardMs && performance.now() < entry.endMs ? entry : undefined

export const waitIsOver = (call: Call): ServiceError =>
  call.cancelled
    ? new ServiceError('CANCELLED', 'nobody waits for the value any more')
    : new ServiceError('DEADLINE_EXCEEDED', 'the value was not there in time')

/** A "no such article" is an answer; only what has failed is worth serving something old. */
const isOutage = (error: unknown): boolean => errorTable[toServiceError(error).code].status >= 500
