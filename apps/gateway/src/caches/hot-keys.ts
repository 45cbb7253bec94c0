/** What is asked for most. */
export interface HotKeys {
  note(key: string): void
  /** The most used first. */
  hottest(count: number): string[]
  /** Those of an earlier life count as used once, the first of them most lately. */
  restore(keys: readonly string[]): void
}

/** So many uses, and what was hot long ago has to make room. */
const usesOfAnAge = 50_000

/** Counts uses in bounded memory: when it is full all counts are halved, and what was used once is forgotten. */
export const createHotKeys = (maxKeys = 2_000): HotKeys => {
  const counts = new Map<string, number>()
  let uses = 0

  const age = () => {
    uses = 0
    for (const [key, count] of counts) {
      if (count < 2) counts.delete(key)
      else counts.set(key, count / 2)
    }
  }
  const note = (key: string) => {
    counts.set(key, (counts.get(key) ?? 0) + 1)
    if (++uses > usesOfAnAge || counts.size > maxKeys) age()
  }

  return {
    note,
    hottest: (count) =>
      [...counts]
        .sort(([, a], [, b]) => b - a)
        .slice(0, count)
        .map(([key]) => key),
    restore(keys) {
      for (const key of keys.slice(0, maxKeys)) note(key)
    },
  }
}
