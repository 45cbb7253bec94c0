/** How long an entry lives. All in milliseconds, each beginning where the one before ends. */
export interface Lifetime {
  /** Fresh: served as it is. */
  softTtlMs: number
  /** Then served at once while it is loaded anew in the background, until this age. Not below `softTtlMs`. */
  hardTtlMs: number
  /** Then served only where loading fails, for so long; 0: never. */
  errorTtlMs: number
}

/** `hit`: fresh; `stale`: older than its soft TTL, or older than an invalidation where loading failed; `miss`: was loaded. */
export type CacheState = 'hit' | 'stale' | 'miss'

export interface Found<V> {
  /** `undefined`: known not to exist. */
  readonly value: V | undefined
  readonly state: CacheState
  /** Milliseconds since it was loaded, by whichever process. */
  readonly ageMs: number
}

/** A kept value. Times are on the clock of `performance.now()`. */
export interface Entry<V> {
  readonly value: V | undefined
  readonly bornMs: number
  readonly softMs: number
  readonly hardMs: number
  readonly endMs: number
  readonly tags: readonly string[]
  /** What the invalidation log said when its load began. */
  readonly since: number
  /** Up to here the log is known not to speak of its tags. */
  checked: number
  /** Loading it anew has just failed: not tried again before this time, unless its tags are invalidated after `since`. */
  failed: { readonly untilMs: number; readonly since: number } | undefined
}

export interface Born {
  readonly lifetime: Lifetime
  readonly tags: readonly string[]
  readonly since: number
}

/** Entries that were loaded together don't expire together: up to a tenth of the soft TTL is taken off. */
const jitter = 0.1

export const createEntry = <V>(value: V | undefined, { lifetime, tags, since }: Born): Entry<V> => {
  const bornMs = performance.now()
  const softMs = bornMs + lifetime.softTtlMs * (1 - jitter * Math.random())
  const hardMs = Math.max(softMs, bornMs + lifetime.hardTtlMs)
  const endMs = hardMs + lifetime.errorTtlMs
  return { value, bornMs, softMs, hardMs, endMs, tags, since, checked: since, failed: undefined }
}

export const foundIn = <V>({ value, bornMs }: Entry<V>, state: CacheState, nowMs: number): Found<V> => ({
  value,
  state,
  ageMs: nowMs - bornMs,
})
