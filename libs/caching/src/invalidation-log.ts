/** Which tags were invalidated, and after what. */
export interface InvalidationLog {
  /** Counts invalidations: a load that begins now is older than every later one. */
  readonly now: number
  add(tags: readonly string[]): void
  /** Everything that began before now counts as invalidated. */
  addAll(): void
  /** True where one of `tags` was invalidated after `since`. */
  speaksOf(tags: readonly string[], since: number): boolean
}

/**
 * Entries aren't looked for when a tag is invalidated: they remember when their load began, and whoever reads one asks
 * the log whether its tags were invalidated since. So it covers what is being loaded at that moment too, whose tags
 * nobody knows yet. Bounded: past `maxTags` the oldest are forgotten, and all that began before those counts as
 * invalidated. The same is kept in Redis for all processes (`redis-scripts.ts`).
 */
export const createInvalidationLog = (maxTags = 50_000): InvalidationLog => {
  const last = new Map<string, number>()
  let now = 0
  let floor = 0

  return {
    get now() {
      return now
    },
    add(tags) {
      now++
      for (const tag of tags) {
        // Deleted first: a map keeps the order in which its keys were added.
        last.delete(tag)
        last.set(tag, now)
      }
      for (const [tag, at] of last) {
        if (last.size <= maxTags) break
        last.delete(tag)
        floor = at
      }
    },
    addAll() {
      floor = ++now
      last.clear()
    },
    speaksOf(tags, since) {
      if (since === now) return false
      if (since < floor) return true
      for (const tag of tags) {
        const at = last.get(tag)
        if (at !== undefined && at > since) return true
      }
      return false
    },
  }
}
