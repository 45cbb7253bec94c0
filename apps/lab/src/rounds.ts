import type { Variant } from './experiment.js'
import { type RoundsVerdict, roundsVerdictOf } from './rounds-verdict.js'

export interface RoundsOptions {
  /** Measured rounds of each variant. */
  readonly rounds: number
  readonly roundMs: number
  /** How long each variant works first, unmeasured: until its code is compiled and its connections are open. */
  readonly warmupMs: number
}

/** The middle of some measurements and the span in which half of them lie. */
export interface Spread {
  readonly median: number
  readonly q1: number
  readonly q3: number
}

/** A ratio of times, and what it says of the one above the line. */
export interface TimeRatio extends Spread {
  readonly verdict: RoundsVerdict
}

/** The figures of each variant, by round: `samples.get('ours')[round].rps`. */
export interface Rounds {
  readonly samples: ReadonlyMap<string, readonly Readonly<Record<string, number>>[]>
  /** @throws Error for a variant or figure that was not measured. */
  spread(variant: string, figure: string): Spread
  /**
   * How often `variant` has of a figure what `other` has: the middle of the ratios of the single rounds, in which both
   * ran side by side, so that what slows the whole machine for a while slows both.
   */
  ratio(variant: string, other: string, figure: string): Spread
  /** How much more `variant` has of a figure than `other`, round by round as above. */
  difference(variant: string, other: string, figure: string): Spread
  /** As `ratio`, for a figure of which less is better, with its verdict. */
  timeRatio(variant: string, other: string, figure: string): TimeRatio
}

/**
 * Measures variants in turns, A B C, C B A, A B C, …: each stands as often early as late, so that a machine that gets
 * slower or faster meanwhile favours none.
 */
export const interleave = async (variants: readonly Variant[], options: RoundsOptions): Promise<Rounds> => {
  const { rounds, roundMs, warmupMs } = options
  const samples = new Map(variants.map(({ name }) => [name, [] as Record<string, number>[]]))
  for (const variant of variants) await variant.round(warmupMs)
  for (let round = 0; round < rounds; round++) {
    for (const { name, round: measure } of orderOf(variants, round)) samples.get(name)?.push(await measure(roundMs))
  }
  const valuesOf = (variant: string, figure: string): number[] => {
    const values = samples.get(variant)?.map((sample) => sample[figure])
    if (!values?.length || values.includes(undefined)) throw new Error(`${variant} has no figure ${figure}`)
    return values as number[]
  }
  const ratios = (variant: string, other: string, figure: string): number[] =>
    ratiosOf(valuesOf(variant, figure), valuesOf(other, figure))
  return {
    samples,
    spread: (variant, figure) => spreadOf(valuesOf(variant, figure)),
    ratio: (variant, other, figure) => spreadOf(ratios(variant, other, figure)),
    difference(variant, other, figure) {
      const others = valuesOf(other, figure)
      return spreadOf(valuesOf(variant, figure).map((value, round) => value - (others[round] as number)))
    },
    timeRatio(variant, other, figure) {
      const values = ratios(variant, other, figure)
      return { ...spreadOf(values), verdict: roundsVerdictOf(values) }
    },
  }
}

/** The middle of each: what goes into the figures of an experiment. */
export const mediansOf = (ratios: Readonly<Record<string, Spread>>): Record<string, number> =>
  Object.fromEntries(Object.entries(ratios).map(([name, { median }]) => [name, median]))

/** Every other round backwards. */
export const orderOf = <T>(variants: readonly T[], round: number): readonly T[] =>
  round % 2 === 0 ? variants : variants.toReversed()

/** Median and quartiles, between two ranks in proportion. Throws for nothing. */
export const spreadOf = (values: readonly number[]): Spread => {
  if (values.length === 0) throw new Error('nothing was measured')
  const sorted = values.toSorted((a, b) => a - b)
  const at = (q: number) => {
    const place = q * (sorted.length - 1)
    const low = Math.floor(place)
    const [below, above] = [sorted[low] as number, sorted[Math.ceil(place)] as number]
    return below + (above - below) * (place - low)
  }
  return { median: at(0.5), q1: at(0.25), q3: at(0.75) }
}

/** Round by round. */
export const ratiosOf = (values: readonly number[], others: readonly number[]): number[] => {
  if (values.length !== others.length)
    throw new Error(`${values.length} rounds can't be compared with ${others.length}`)
  return values.map((value, i) => value / (others[i] as number))
}
