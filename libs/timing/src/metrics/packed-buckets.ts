import { bucketCount, type HistogramBuckets, type PackedBuckets } from './histogram.js'

export const packBuckets = ({ counts, sumMs, maxMs }: Omit<HistogramBuckets, 'count'>): PackedBuckets => {
  const pairs: number[] = []
  let last = 0
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] as number
    if (count === 0) continue
    pairs.push(i - last, count)
    last = i
  }
  return { pairs, sumMs, maxMs }
}

/** As it goes over a wire of arrays and numbers; `null` for an empty one. */
export const packedToWire = ({ pairs, sumMs, maxMs }: PackedBuckets): unknown =>
  pairs.length === 0 ? null : [sumMs, maxMs, pairs]

/** Reads what `packedToWire` wrote. Throws for anything else: what is added to others has to be right. */
export const packedFromWire = (wire: unknown): PackedBuckets => {
  if (wire === null) return { pairs: [], sumMs: 0, maxMs: 0 }
  if (!Array.isArray(wire) || wire.length < 3) throw new Error('not a histogram')
  const [sumMs, maxMs, pairs] = wire
  if (!isLatency(sumMs) || !isLatency(maxMs) || !Array.isArray(pairs)) throw new Error('not a histogram')
  let index = 0
  for (let i = 0; i < pairs.length; i += 2) {
    const [gap, count] = [pairs[i], pairs[i + 1]]
    if (!isWhole(gap) || !isWhole(count) || (i > 0 && gap === 0)) throw new Error('a histogram with a broken bucket')
    index += gap
    if (index >= bucketCount) throw new Error('a histogram with too many buckets')
  }
  return { pairs, sumMs, maxMs }
}

const isLatency = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value < Infinity

const isWhole = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) < 2 ** 32
