/**
 * Time covered by a set of intervals, each moment counted once: two statements that run side by side for 5 ms are 5 ms
 * of database, not 10. All values are milliseconds on the clock of `performance.now()`.
 */
export interface Intervals {
  /** Start of the earliest interval; `Infinity` while there is none. */
  readonly firstMs: number
  add(startMs: number, endMs: number): void
  coveredMs(): number
}

/** Intervals kept apart to be merged with later ones; older ones are settled into a sum, so memory stays bounded. */
const maxApart = 64

export const createIntervals = (): Intervals => {
  const starts: number[] = []
  const ends: number[] = []
  let firstMs = Number.POSITIVE_INFINITY
  let settledMs = 0

  return {
    get firstMs() {
      return firstMs
    },
    add(startMs, endMs) {
      if (startMs < firstMs) firstMs = startMs
      let start = startMs
      let end = endMs
      let at = starts.length
      // Intervals come nearly in order, so the search goes from the back; whatever it meets that overlaps is swallowed.
      while (at > 0 && (ends[at - 1] as number) >= start) {
        if ((starts[at - 1] as number) <= end) {
          start = Math.min(start, starts[at - 1] as number)
          end = Math.max(end, ends[at - 1] as number)
          starts.splice(at - 1, 1)
          ends.splice(at - 1, 1)
        }
        at--
      }
      starts.splice(at, 0, start)
      ends.splice(at, 0, end)
      if (starts.length > maxApart) settledMs += (ends.shift() as number) - (starts.shift() as number)
    },
    coveredMs() {
      let covered = settledMs
      for (let i = 0; i < starts.length; i++) covered += (ends[i] as number) - (starts[i] as number)
      return covered
    },
  }
}
