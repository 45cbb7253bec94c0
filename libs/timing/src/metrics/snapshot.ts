import type { PackedBuckets } from './histogram.js'
import type { Labels, Metrics } from './metrics.js'
import { packedFromWire, packedToWire } from './packed-buckets.js'
import { type LatencyWindow, latencyWindows } from './windows.js'

/** What one process has measured of one series of latencies, so that it can be added to that of others. */
export interface LatencySnapshot {
  /** Of the metric, such as `fastpath_request_seconds`. */
  readonly metric: string
  readonly labels: Labels
  readonly windows: Readonly<Record<LatencyWindow, PackedBuckets>>
}

/** All histograms of this process that have records. */
export const takeSnapshots = (metrics: Metrics): LatencySnapshot[] => {
  const snapshots: LatencySnapshot[] = []
  for (const { name, series } of metrics.families()) {
    for (const { labels, histogram } of series.values()) {
      if (!histogram || histogram.buckets().count === 0) continue
      snapshots.push({ metric: name, labels, windows: everyWindow((window) => histogram.packed(window)) })
    }
  }
  return snapshots
}

/** As it goes over a wire of arrays, strings and numbers. */
export const snapshotToWire = ({ metric, labels, windows }: LatencySnapshot): unknown => [
  metric,
  Object.entries(labels).flat(),
  latencyWindows.map((window) => packedToWire(windows[window])),
]

/** Reads what `snapshotToWire` wrote. Throws for anything else. */
export const snapshotFromWire = (wire: unknown): LatencySnapshot => {
  if (!Array.isArray(wire)) throw new Error('not a series of latencies')
  const [metric, pairs, windows] = wire
  if (!isName(metric) || !Array.isArray(pairs) || pairs.length > maxLabels * 2 || !pairs.every(isName)) {
    throw new Error('a series of latencies without its name')
  }
  if (!Array.isArray(windows)) throw new Error('a series of latencies without its histograms')
  return {
    metric,
    labels: Object.fromEntries(pairs.flatMap((name, i) => (i % 2 === 0 ? [[name, pairs[i + 1] ?? '']] : []))),
    windows: everyWindow((window) => packedFromWire(windows[latencyWindows.indexOf(window)])),
  }
}

const maxLabels = 10

const isName = (value: unknown): value is string => typeof value === 'string' && value.length <= 200

const everyWindow = <T>(of: (window: LatencyWindow) => T): Record<LatencyWindow, T> => ({
  '1m': of('1m'),
  '5m': of('5m'),
  start: of('start'),
})
