/** What one process tells the others; plain data. */
export interface Invalidation {
  /** The process that says so; it does not listen to itself. */
  readonly from: string
  readonly tags: readonly string[]
  /** False: Redis could not be told, so its entries with these tags are not to be trusted until it was. */
  readonly inRedis: boolean
  /** Names of what has changed, by which it is known where it is learned of a second time. */
  readonly changes: readonly string[]
}

/**
 * How processes tell each other what was invalidated. `publish` hands the message over before it returns, and what it
 * resolves to is waited for before the reply: once all others have heard, a reader sees the own writes wherever they ask.
 * What the transport has lost is a gap, or to be made good by `distrust`.
 */
export interface InvalidationTransport {
  publish(invalidation: Invalidation): void | Promise<void>
  /** `onGap`: something may have been missed, and from now on all is heard again. Returns what ends it. */
  subscribe(listener: (invalidation: Invalidation) => void, onGap: () => void): () => void
  /** False while something may be missed: nothing in memory is fresh then. Absent: it hears always. */
  readonly hears?: boolean
}
