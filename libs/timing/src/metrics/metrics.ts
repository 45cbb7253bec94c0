import { createWindowedHistogram, type WindowedHistogram } from './windows.js'

export type Labels = Readonly<Record<string, string>>

export interface Counter {
  add(by?: number): void
}

/**
 * The measurements of one process, by name and labels. The same name and labels give the same instrument. The number
 * of label values is the caller's to bound (routes and statements by name, never ids); should it fail to, all beyond a
 * thousand of one name share an instrument whose labels are `other`, so that memory stays bounded.
 */
export interface Metrics {
  counter(name: string, help: string, labels?: Labels): Counter
  /** Read at each scrape. */
  gauge(name: string, help: string, read: () => number, labels?: Labels): void
  /** Latencies since the start and of the last minutes; exposed in seconds as Prometheus wants them, so `name` ends in `_seconds`. */
  histogram(name: string, help: string, labels?: Labels): WindowedHistogram
  families(): Iterable<MetricFamily>
  /** Every counter and histogram is empty again: of a start nothing is told that was only rehearsed. */
  reset(): void
}

export interface MetricFamily {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly series: ReadonlyMap<string, Series>
}

export interface Series {
  readonly labels: Labels
  readonly histogram?: WindowedHistogram
  readonly read?: () => number
  readonly reset?: () => void
}

export interface MetricsOptions {
  /** The clock of the windows; for tests. */
  readonly nowMs?: () => number
}

const maxSeries = 1_000

export const createMetrics = ({ nowMs }: MetricsOptions = {}): Metrics => {
  const families = new Map<
    string,
    { name: string; help: string; type: MetricFamily['type']; series: Map<string, Series> }
  >()

  const series = <S extends Series>(
    type: MetricFamily['type'],
    name: string,
    help: string,
    labels: Labels,
    make: (labels: Labels) => S,
  ): S => {
    const family = families.get(name) ?? { name, help, type, series: new Map<string, Series>() }
    families.set(name, family)
    if (family.type !== type) throw new Error(`${name} is already a ${family.type}`)
    const key = JSON.stringify(labels)
    const found = family.series.get(key) as S | undefined
    if (found) return found
    const others = Object.fromEntries(Object.keys(labels).map((label) => [label, 'other']))
    const othersKey = JSON.stringify(others)
    if (family.series.size >= maxSeries && key !== othersKey) return series(type, name, help, others, make)
    const made = make(labels)
    family.series.set(key, made)
    return made
  }

  return {
    counter(name, help, labels = {}) {
      return series('counter', name, help, labels, (labels) => {
        let value = 0
        const add = (by = 1) => {
          value += by
        }
        const reset = () => {
          value = 0
        }
        return { labels, read: () => value, add, reset }
      })
    },
    gauge(name, help, read, labels = {}) {
      series('gauge', name, help, labels, (labels) => ({ labels, read }))
    },
    histogram(name, help, labels = {}) {
      return series('histogram', name, help, labels, (labels) => {
        const histogram = createWindowedHistogram(nowMs)
        return { labels, histogram, reset: histogram.reset }
      }).histogram
    },
    families: () => families.values(),
    reset() {
      for (const family of families.values()) for (const { reset } of family.series.values()) reset?.()
    },
  }
}
