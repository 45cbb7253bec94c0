import type { Call } from '@fastpath/timing'
import type { Entry } from './entry.js'

/** Where a value came from. */
export type Source = 'redis' | 'load'

export interface Landed<V> {
  readonly entry: Entry<V>
  readonly source: Source
}

/** One key on its way, shared by all who want it. */
export interface Flight<V> {
  /** What the invalidation log said when it began. */
  readonly since: number
  /** Those that it probably has, known from what was kept before. */
  readonly tags: readonly string[]
  /** Of the load, which belongs to none of those who wait. */
  readonly call: Call
  readonly landed: Promise<Landed<V>>
  /** What could be served should it fail. */
  fallback: Entry<V> | undefined
  /** Somebody's time was over before it landed: who has something to serve no longer waits for it. */
  isLate: boolean
  land(entry: Entry<V>, source: Source): void
  fail(error: unknown): void
}

export const createFlight = <V>(call: Call, since: number, fallback: Entry<V> | undefined): Flight<V> => {
  let land: (landed: Landed<V>) => void = () => {}
  let fail: (error: unknown) => void = () => {}
  const landed = new Promise<Landed<V>>((resolve, reject) => {
    land = resolve
    fail = reject
  })
  // It may fail after the last who waited has gone.
  landed.catch(() => {})
  return {
    since,
    tags: fallback?.tags ?? [],
    call,
    landed,
    fallback,
    isLate: false,
    land: (entry, source) => land({ entry, source }),
    fail,
  }
}
