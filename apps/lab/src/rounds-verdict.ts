/** What ratios of times say of the one that stands above the line. */
export type RoundsVerdict = 'faster' | 'slower' | 'unsure'

/**
 * Reads the ratios of a time, round by round: below 1 is faster. Sure is what a coin would hardly show: were both equally
 * fast, so one-sided a result would come in fewer than 5 of 100 runs (the sign test; in other words, the 95 % interval of
 * the median leaves 1 out). It asks nothing of how times are distributed. Of fewer than six rounds nothing is sure.
 *
 * @example roundsVerdictOf([0.5, 0.6, 0.4, 0.5, 0.7, 0.5]) // 'faster'
 */
export const roundsVerdictOf = (ratios: readonly number[]): RoundsVerdict => {
  const below = ratios.filter((ratio) => ratio < 1).length
  const above = ratios.filter((ratio) => ratio > 1).length
  if (2 * chanceOfAtMost(Math.min(below, above), below + above) >= 0.05) return 'unsure'
  return below > above ? 'faster' : 'slower'
}

/** Of so many throws of a coin, at most `heads` heads. */
const chanceOfAtMost = (heads: number, throws: number): number => {
  let ways = 1
  let sum = 1
  for (let i = 1; i <= heads; i++) {
    ways = (ways * (throws - i + 1)) / i
    sum += ways
  }
  return sum / 2 ** throws
}
