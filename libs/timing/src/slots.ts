const firstSlots = 64
const numberMask = 2 ** 30 - 1

/**
 * What comes and goes with every request, each under a number of its own: a billion others come before it is given again.
 *
 * Not a Map or Set. When one of those has outgrown its table, the old table points to the new one, so that a table which
 * has once become old garbage keeps all later ones, and what was in them when they were outgrown, until the next full
 * collection. Measured on Node 20 and 24 at 16 calls in flight: with a Map a sixth of all that was allocated survived two
 * scavenges, which took 4 to 30 ms; with this a hundredth.
 */
export class Slots<T> implements Iterable<[number: number, value: T]> {
  /** Twice as many as were ever taken at a time, a power of two: a value lies where the lowest bits of its number say. */
  #values: (T | undefined)[] = new Array(firstSlots).fill(undefined)
  #numbers: number[] = new Array(firstSlots).fill(0)
  #size = 0
  #last = 0

  get size(): number {
    return this.#size
  }

  /** Takes it in, under a number from 1 on. */
  add(value: T): number {
    if (2 * this.#size >= this.#values.length) this.#grow()
    let at: number
    do {
      this.#last = (this.#last & numberMask) + 1
      at = this.#last & (this.#values.length - 1)
    } while (this.#values[at] !== undefined)
    this.#values[at] = value
    this.#numbers[at] = this.#last
    this.#size++
    return this.#last
  }

  /** `undefined` for a number that was never given, or has been let go. */
  get(number: number): T | undefined {
    const at = number & (this.#values.length - 1)
    return this.#numbers[at] === number ? this.#values[at] : undefined
  }

  has(number: number): boolean {
    return this.get(number) !== undefined
  }

  /** Lets it go; a second time is nothing. */
  delete(number: number): void {
    const at = number & (this.#values.length - 1)
    if (this.#numbers[at] !== number || this.#values[at] === undefined) return
    this.#values[at] = undefined
    this.#size--
  }

  /** In no order. Adding and letting go is allowed meanwhile; when it grows, some may come twice. */
  *[Symbol.iterator](): Iterator<[number: number, value: T]> {
    for (let at = 0; at < this.#values.length; at++) {
      const value = this.#values[at]
      if (value !== undefined) yield [this.#numbers[at] as number, value]
    }
  }

  /** Numbers that differ in their lowest bits still do with one bit more. */
  #grow(): void {
    const [values, numbers] = [this.#values, this.#numbers]
    const length = 2 * values.length
    this.#values = new Array(length).fill(undefined)
    this.#numbers = new Array(length).fill(0)
    for (let from = 0; from < values.length; from++) {
      if (values[from] === undefined) continue
      const at = (numbers[from] as number) & (length - 1)
      this.#values[at] = values[from]
      this.#numbers[at] = numbers[from] as number
    }
  }
}
