/** Names of changes that a process has heard of, the latest of them: an older one is taken for new, which costs a load. */
export const createKnownChanges = (maxChanges = 10_000) => {
  const known = new Set<string>()
  return {
    has: (change: string): boolean => known.has(change),
    add(changes: readonly string[]): void {
      for (const change of changes) known.add(change)
      for (const oldest of known) {
        if (known.size <= maxChanges) break
        known.delete(oldest)
      }
    },
  }
}
