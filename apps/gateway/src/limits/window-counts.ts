import { LRUCache } from 'lru-cache'

/** What a key has left in its window. */
export interface Standing {
  readonly remaining: number
  /** Until the window ends, and all of it may be had again. */
  readonly resetMs: number
  /** Whether this one is beyond the limit. */
  readonly exceeded: boolean
}

export interface WindowOptions {
  /** For each key in a window, which begins with the key's first. */
  readonly limit: number
  readonly windowSeconds: number
}

/** As many keys as are counted at a time. Of more, the ones unheard of longest begin anew: some 10 MB at the most. */
const maxKeys = 50_000

/** Counts in this process's memory, without a timer for any of its keys: a flood of a million addresses stays bounded. */
export const createWindowCounts = ({ limit, windowSeconds }: WindowOptions) => {
  const windowMs = windowSeconds * 1000
  const windows = new LRUCache<string, { used: number; beganMs: number }>({ max: maxKeys })

  return (key: string, nowMs = performance.now()): Standing => {
    let window = windows.get(key)
    if (!window || nowMs - window.beganMs >= windowMs) {
      window = { used: 0, beganMs: nowMs }
      windows.set(key, window)
    }
    window.used++
    return {
      remaining: Math.max(0, limit - window.used),
      // From where it began: a sum's rounding must not tell of a second more than a window has.
      resetMs: windowMs - (nowMs - window.beganMs),
      exceeded: window.used > limit,
    }
  }
}
