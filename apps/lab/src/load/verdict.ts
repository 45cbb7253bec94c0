import { spreadOf } from '../rounds.js'

/** Of what stands second, compared with what stands first. */
export type Verdict = 'faster' | 'slower' | 'unsure'

export interface Interval {
  readonly low: number
  readonly high: number
}

export interface Judged {
  readonly verdict: Verdict
  /** The median over the rounds of second to first; below 1 the second is faster. */
  readonly ratio: number
  /** Where the true median lies, with a confidence of at least 95 %. */
  readonly interval: Interval
  /** The same of the first to itself. */
  readonly noise: Interval
}

/**
 * Judges ratios of latencies, one a round. Sure is only what both a confidence interval and an A/A run leave no other
 * explanation for: the interval doesn't contain 1, and the median lies further from 1 than any end of the interval that
 * the first had when it was compared with itself, and than a histogram can tell apart.
 */
export const judge = (ratios: readonly number[], ratiosToItself: readonly number[]): Judged => {
  const interval = medianInterval(ratios)
  const noise = medianInterval(ratiosToItself)
  const ratio = spreadOf(ratios).median
  const floor = Math.max(noise.high, 1 / noise.low, bucketWidth)
  return { verdict: verdictOf(), ratio, interval, noise }

  function verdictOf(): Verdict {
    if (interval.high < 1 && ratio < 1 / floor) return 'faster'
    if (interval.low > 1 && ratio > floor) return 'slower'
    return 'unsure'
  }
}

/**
 * A confidence interval for the median, of no assumption about the distribution: from the k-th smallest to the k-th
 * largest value, k as large as the binomial distribution of "how many lie below the median" allows.
 * J.-Y. Le Boudec, "Performance Evaluation of Computer and Communication Systems" (EPFL Press 2010), theorem 2.1;
 * W. J. Conover, "Practical Nonparametric Statistics" (3rd edition 1999), section 3.2.
 *
 * @throws Error for fewer than six values, whose extremes don't hold the median often enough.
 */
export const medianInterval = (values: readonly number[], confidence = 0.95): Interval => {
  const n = values.length
  // The chance that no more than k - 1 of n lie below the median, by its terms.
  let term = 0.5 ** n
  let below = 0
  let k = 0
  while (below + term <= (1 - confidence) / 2) {
    below += term
    term *= (n - k) / (k + 1)
    k++
  }
  if (k === 0)
    throw new Error(`${n} rounds are too few to be sure of anything; a confidence of ${confidence} takes more`)
  const sorted = values.toSorted((a, b) => a - b)
  return { low: sorted[k - 1] as number, high: sorted[n - k] as number }
}

/** Neighbouring buckets of a histogram are 1/64 apart. */
const bucketWidth = 1 + 1 / 64
