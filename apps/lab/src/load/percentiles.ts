import type { Histogram } from '@fastpath/timing'

export const percentileNames = ['p50', 'p95', 'p99', 'p99.9'] as const
export type PercentileName = (typeof percentileNames)[number]

/** The share of requests that a percentile leaves above itself. */
export const shareAbove: Readonly<Record<PercentileName, number>> = { p50: 0.5, p95: 0.05, p99: 0.01, 'p99.9': 0.001 }

/** Below it the 99.9th percentile is the luck of the slowest three. */
export const samplesForP999 = 4_000

/** Null where there were too few samples to tell. */
export const percentileOf = (histogram: Histogram, name: PercentileName): number | null => {
  const { count } = histogram.buckets()
  if (count === 0 || (name === 'p99.9' && count < samplesForP999)) return null
  return histogram.percentileMs(1 - shareAbove[name])
}
