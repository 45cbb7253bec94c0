/** Intervals kept apart to be merged with later ones; older ones are settled into a sum, so memory stays bounded. */
const maxApart = 64

/**
 * Time covered by a set of intervals, each moment counted once: two statements that run side by side for 5 ms are 5 ms
 * of database, not 10. All values are milliseconds on the clock of `performance.now()`.
 *
 * A class, since there are several for every request. Intervals come nearly in order, so the latest stands by itself:
 * most sets never hold another.
 */
export class Intervals {
  /** Start of the earliest interval; `Infinity` while there is none. */
  firstMs = Number.POSITIVE_INFINITY
  #lastStart = Number.NEGATIVE_INFINITY
  #lastEnd = Number.NEGATIVE_INFINITY
  #settledMs = 0
  /** Those before the latest, in order and apart from each other. */
  #earlier: { start: number; end: number }[] | undefined

  add(startMs: number, endMs: number): void {
    if (startMs < this.firstMs) this.firstMs = startMs
    if (startMs > this.#lastEnd) this.#append(startMs, endMs)
    else if (startMs >= this.#lastStart) this.#lastEnd = Math.max(this.#lastEnd, endMs)
    else this.#insert(startMs, endMs)
  }

  coveredMs(): number {
    let covered = this.#settledMs + (this.#lastEnd > this.#lastStart ? this.#lastEnd - this.#lastStart : 0)
    for (const { start, end } of this.#earlier ?? []) covered += end - start
    return covered
  }

  #append(start: number, end: number): void {
    if (this.#lastStart !== Number.NEGATIVE_INFINITY) {
      this.#earlier ??= []
      this.#earlier.push({ start: this.#lastStart, end: this.#lastEnd })
      if (this.#earlier.length > maxApart) {
        const oldest = this.#earlier.shift()
        if (oldest) this.#settledMs += oldest.end - oldest.start
      }
    }
    this.#lastStart = start
    this.#lastEnd = end
  }

  /** One that begins before the latest: the rare case, so all are put in order anew. */
  #insert(startMs: number, endMs: number): void {
    const all = [
      ...(this.#earlier ?? []),
      { start: this.#lastStart, end: this.#lastEnd },
      { start: startMs, end: endMs },
    ]
    all.sort((a, b) => a.start - b.start)
    this.#earlier = undefined
    this.#lastStart = Number.NEGATIVE_INFINITY
    this.#lastEnd = Number.NEGATIVE_INFINITY
    for (const { start, end } of all) {
      if (start > this.#lastEnd) this.#append(start, end)
      else this.#lastEnd = Math.max(this.#lastEnd, end)
    }
  }
}
