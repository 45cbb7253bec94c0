import { createHistogram, type Histogram } from './histogram.js'

export type Labels = Readonly<Record<string, string>>

export interface Counter {
  add(by?: number): void
}

/**
 * The measurements of one process, by name and labels. The same name and labels give the same instrument; the number
 * of label values is the caller's to bound (routes and statements by name, never ids).
 */
export interface Metrics {
  counter(name: string, help: string, labels?: Labels): Counter
  /** Read at each scrape. */
  gauge(name: string, help: string, read: () => number, labels?: Labels): void
  /** Latencies; exposed in seconds as Prometheus wants them, so `name` ends in `_seconds`. */
  histogram(name: string, help: string, labels?: Labels): Histogram
  families(): Iterable<MetricFamily>
}

export interface MetricFamily {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly series: ReadonlyMap<string, Series>
}

export interface Series {
  readonly labels: Labels
  readonly histogram?: Histogram
  readonly read?: () => number
}

export const createMetrics = (): Metrics => {
  const families = new Map<
    string,
    { name: string; help: string; type: MetricFamily['type']; series: Map<string, Series> }
  >()

  const series = <S extends Series>(
    type: MetricFamily['type'],
    name: string,
    help: string,
    labels: Labels,
    make: () => S,
  ): S => {
    const family = families.get(name) ?? { name, help, type, series: new Map<string, Series>() }
    families.set(name, family)
    if (family.type !== type) throw new Error(`${name} is already a ${family.type}`)
    const key = JSON.stringify(labels)
    const found = (family.series.get(key) as S | undefined) ?? make()
    family.series.set(key, found)
    return found
  }

  return {
    counter(name, help, labels = {}) {
      return series('counter', name, help, labels, () => {
        let value = 0
        const add = (by = 1) => {
          value += by
        }
        return { labels, read: () => value, add }
      })
    },
    gauge(name, help, read, labels = {}) {
      series('gauge', name, help, labels, () => ({ labels, read }))
    },
    histogram(name, help, labels = {}) {
      return series('histogram', name, help, labels, () => ({ labels, histogram: createHistogram() })).histogram
    },
    families: () => families.values(),
  }
}
