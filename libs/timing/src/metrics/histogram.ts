/** Read-outs that the project gives for every latency; never an average. */
export interface Percentiles {
  readonly count: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
  readonly maxMs: number
}

export interface Histogram {
  /** Records a latency in milliseconds; what is below a microsecond counts as zero, above 71 minutes as 71 minutes. */
  record(ms: number): void
  /** Adds another histogram to this one: the only right way to combine processes. */
  add(other: HistogramBuckets): void
  /** The same, of one that came packed. */
  addPacked(other: PackedBuckets): void
  /** The latency at or below which the share `q` (0 to 1) of all records lies, by nearest rank; 0 when empty. */
  percentileMs(q: number): number
  percentiles(): Percentiles
  /** How many records are at or below a latency, for cumulative buckets. */
  countUpTo(ms: number): number
  buckets(): HistogramBuckets
}

export interface HistogramBuckets {
  readonly counts: Uint32Array
  readonly count: number
  readonly sumMs: number
  readonly maxMs: number
}

/** A histogram without its empty buckets: some hundred bytes instead of 7 kB, for what is kept long or sent far. */
export interface PackedBuckets {
  /** `[gap, count, gap, count, …]`: how many buckets after the one before, and what is in it. */
  readonly pairs: readonly number[]
  readonly sumMs: number
  readonly maxMs: number
}

/** 2^6 buckets an octave: a value is told to within 1/128 of itself. */
const subBits = 6
const subBuckets = 1 << subBits
const maxMicros = 2 ** 32 - 1
export const bucketCount = (32 - subBits + 1) * subBuckets

/**
 * A latency histogram with log-linear buckets of microseconds (the form of HdrHistogram): 7 kB, error below 1 %,
 * some nanoseconds a record, mergeable by adding.
 */
export const createHistogram = (): Histogram => {
  const counts = new Uint32Array(bucketCount)
  let count = 0
  let sumMs = 0
  let maxMs = 0

  const percentileMs = (q: number): number => {
    if (count === 0) return 0
    const rank = Math.max(1, Math.ceil(q * count))
    let seen = 0
    for (let i = 0; i < bucketCount; i++) {
      seen += counts[i] as number
      if (seen >= rank) return Math.min(middleOf(i) / 1000, maxMs)
    }
    return maxMs
  }

  return {
    record(ms) {
      const kept = ms > 0 ? Math.min(ms, maxMicros / 1000) : 0
      const index = bucketOf(kept)
      counts[index] = (counts[index] as number) + 1
      count++
      sumMs += kept
      if (kept > maxMs) maxMs = kept
    },
    add(other) {
      for (let i = 0; i < bucketCount; i++) counts[i] = (counts[i] as number) + (other.counts[i] ?? 0)
      count += other.count
      sumMs += other.sumMs
      if (other.maxMs > maxMs) maxMs = other.maxMs
    },
    addPacked({ pairs, sumMs: otherSumMs, maxMs: otherMaxMs }) {
      let index = 0
      for (let i = 0; i < pairs.length; i += 2) {
        index += pairs[i] as number
        const added = pairs[i + 1] as number
        counts[index] = (counts[index] as number) + added
        count += added
      }
      sumMs += otherSumMs
      if (otherMaxMs > maxMs) maxMs = otherMaxMs
    },
    percentileMs,
    percentiles: () => ({
      count,
      p50Ms: percentileMs(0.5),
      p95Ms: percentileMs(0.95),
      p99Ms: percentileMs(0.99),
      p999Ms: percentileMs(0.999),
      maxMs,
    }),
    countUpTo(ms) {
      const last = bucketOf(ms)
      let sum = 0
      for (let i = 0; i <= last; i++) sum += counts[i] as number
      return sum
    },
    buckets: () => ({ counts, count, sumMs, maxMs }),
  }
}

const bucketOf = (ms: number): number => {
  const micros = Math.min(Math.floor(ms * 1000), maxMicros) >>> 0
  if (micros < subBuckets) return micros
  const octave = 31 - Math.clz32(micros)
  return (octave - subBits + 1) * subBuckets + ((micros >>> (octave - subBits)) & (subBuckets - 1))
}

/** The middle of a bucket, in microseconds. */
const middleOf = (index: number): number => {
  if (index < subBuckets) return index
  const octave = Math.floor(index / subBuckets) + subBits - 1
  const width = 2 ** (octave - subBits)
  return 2 ** octave + (index % subBuckets) * width + width / 2
}
