/** Invalidations that Redis has not been told of. */
export interface RedisDebts {
  readonly size: number
  /** True: too many to be remembered one by one, or Redis can't be trusted at all. */
  readonly everything: boolean
  add(tags: readonly string[]): void
  addEverything(): void
  /** Some of the tags, which are then no longer owed. */
  take(): string[]
  /** All of them, and everything. */
  takeEverything(): void
}

const maxTags = 10_000
const takenAtOnce = 500

export const createRedisDebts = (): RedisDebts => {
  const tags = new Set<string>()
  let everything = false
  const addEverything = () => {
    everything = true
    tags.clear()
  }
  return {
    get size() {
      return tags.size
    },
    get everything() {
      return everything
    },
    add(owed) {
      if (everything) return
      for (const tag of owed) tags.add(tag)
      if (tags.size > maxTags) addEverything()
    },
    addEverything,
    take() {
      const taken = [...tags].slice(0, takenAtOnce)
      for (const tag of taken) tags.delete(tag)
      return taken
    },
    takeEverything() {
      everything = false
    },
  }
}
