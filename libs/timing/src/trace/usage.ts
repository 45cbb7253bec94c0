import { hashArguments } from './argument-hash.js'

/** More uses of one name in one tree than this are too many. */
export const maxRepeats = 5
/** Different arguments kept apart; whatever comes beyond counts as one more. */
const maxKept = 16
/** Of a place in the code, as it travels. */
const maxSiteLength = 200

/**
 * How one statement or operation was used in one tree of calls: here, and in every process that was called.
 *
 * A class, since there is one for each name in every request. Arguments are hashed late: most names are used once, and
 * nobody asks whether that one use was like another.
 */
export class Usage {
  count = 0
  /** The most uses that one process made for one call: those of a loop, not of a caller's loop. */
  together = 0
  /** The most rows that one use returned. */
  mostRows = 0
  slowestMs = 0
  /** How many uses waited for a place in the pool. */
  waits = 0
  /** File and line that asked once too often; `''` where it was looked for and not found. */
  site: string | undefined
  #here = 0
  #unhashed: unknown
  #hasUnhashed = false
  /** `[hash, uses, hash, uses, …]` */
  #kept: number[] | undefined

  /** One more use, from here. */
  begin(args: unknown): void {
    if (++this.#here > this.together) this.together = this.#here
    if (this.count++ === 0) {
      this.#unhashed = args
      this.#hasUnhashed = true
    } else {
      this.#settle()
      this.#keep(hashArguments(args), 1)
    }
  }

  /** What came of a use. */
  end(tookMs: number, rows: number): void {
    if (tookMs > this.slowestMs) this.slowestMs = tookMs
    if (rows > this.mostRows) this.mostRows = rows
  }

  /** True once, at the use that is one too many: then whoever counts may look up the place in the code. */
  get wantsSite(): boolean {
    return this.count > maxRepeats && this.site === undefined
  }

  /** How many different arguments there were; exact up to 16. */
  get distinct(): number {
    const kept = this.#settle()
    let distinct = kept.length / 2 + this.count
    for (let i = 1; i < kept.length; i += 2) distinct -= kept[i] as number
    return distinct
  }

  /** The most uses with the same arguments. */
  get mostSame(): number {
    const kept = this.#settle()
    let most = this.count > 0 ? 1 : 0
    for (let i = 1; i < kept.length; i += 2) most = Math.max(most, kept[i] as number)
    return most
  }

  /** Appends whole numbers, some 13 bytes in MessagePack for a name that was used once, and the site where there is one. */
  write(to: (string | number)[]): void {
    const kept = this.#settle()
    to.push(this.together, this.mostRows, Math.round(this.slowestMs * 1000), this.waits, kept.length / 2, ...kept)
    if (this.site) to.push(this.site)
  }

  /**
   * Adds what a callee has written of `count` uses, from `at` on, and returns where the next one's begins. What is not
   * to be understood, of an older or newer version, is left out: then each use counts as one with other arguments.
   */
  merge(count: number, from: readonly unknown[], at: number): number {
    this.#settle()
    this.count += count
    const [together, mostRows, slowestMicros, waits, kept] = from.slice(at, at + 5)
    if (!areCounts([together, mostRows, slowestMicros, waits, kept])) return from.length
    const keptAt = at + 5
    const siteAt = keptAt + 2 * (kept as number)
    const pairs = from.slice(keptAt, siteAt)
    if (pairs.length < siteAt - keptAt || !areCounts(pairs)) return from.length
    this.together = Math.max(this.together, together as number)
    this.waits += waits as number
    this.end((slowestMicros as number) / 1000, mostRows as number)
    let left = count
    for (let i = 0; i < pairs.length; i += 2) {
      const uses = Math.min(pairs[i + 1] as number, left)
      left -= uses
      if (uses > 0) this.#keep(pairs[i] as number, uses)
    }
    const site = from[siteAt]
    if (typeof site !== 'string') return siteAt
    this.site ||= site.slice(0, maxSiteLength)
    return siteAt + 1
  }

  #settle(): number[] {
    this.#kept ??= []
    if (this.#hasUnhashed) {
      this.#keep(hashArguments(this.#unhashed), 1)
      this.#hasUnhashed = false
      this.#unhashed = undefined
    }
    return this.#kept
  }

  #keep(hash: number, uses: number): void {
    this.#kept ??= []
    const kept = this.#kept
    for (let i = 0; i < kept.length; i += 2) {
      if (kept[i] !== hash) continue
      kept[i + 1] = (kept[i + 1] as number) + uses
      return
    }
    if (kept.length < 2 * maxKept) kept.push(hash, uses)
  }
}

const areCounts = (values: readonly unknown[]): boolean =>
  values.every((value) => Number.isSafeInteger(value) && (value as number) >= 0)
