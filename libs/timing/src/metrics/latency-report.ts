import { createHistogram, type Histogram, type Percentiles } from './histogram.js'
import type { Labels } from './metrics.js'
import type { LatencySnapshot } from './snapshot.js'
import { type LatencyWindow, latencyWindows } from './windows.js'

/** One series over all processes. */
export interface LatencyLine {
  readonly group: string
  /** The values of its labels. */
  readonly name: string
  readonly metric: string
  readonly labels: Labels
  /** What an answer is meant to take, where that is said. */
  readonly budgetMs?: number
  readonly windows: Readonly<Record<LatencyWindow, LatencyRead>>
}

export interface LatencyRead extends Percentiles {
  /** The share (0 to 1) of the records within the budget, to the width of one bucket; absent without budget or records. */
  readonly withinBudget?: number
}

export interface LatencyReportOptions {
  /** Headings of metrics, in the order in which they are told; others follow under their own names. */
  readonly groups?: Readonly<Record<string, string>>
  readonly budgetMs?: (metric: string, labels: Labels) => number | undefined
}

/** More series than that are of no reader's use; those of the first processes are kept. */
const maxLines = 5_000

/** Adds the snapshots of all processes, series by series. */
export const latencyReport = (
  snapshots: Iterable<LatencySnapshot>,
  { groups = {}, budgetMs = () => undefined }: LatencyReportOptions = {},
): LatencyLine[] => {
  const bySeries = new Map<string, LatencySnapshot[]>()
  for (const snapshot of snapshots) {
    const key = JSON.stringify([snapshot.metric, Object.entries(snapshot.labels).sort()])
    const alike = bySeries.get(key)
    if (alike) alike.push(snapshot)
    else if (bySeries.size < maxLines) bySeries.set(key, [snapshot])
  }
  const order = Object.keys(groups)
  const rank = ({ metric }: LatencyLine) => (order.includes(metric) ? order.indexOf(metric) : order.length)
  return [...bySeries.values()]
    .map((alike) => toLine(alike, groups, budgetMs))
    .sort((a, b) => rank(a) - rank(b) || compare(a.metric, b.metric) || compare(a.name, b.name))
}

const toLine = (
  alike: readonly LatencySnapshot[],
  groups: NonNullable<LatencyReportOptions['groups']>,
  budgetOf: NonNullable<LatencyReportOptions['budgetMs']>,
): LatencyLine => {
  const { metric, labels } = alike[0] as LatencySnapshot
  const budgetMs = budgetOf(metric, labels)
  const read = (window: LatencyWindow): LatencyRead => {
    const sum = createHistogram()
    for (const { windows } of alike) sum.addPacked(windows[window])
    return { ...sum.percentiles(), ...within(sum, budgetMs) }
  }
  return {
    group: groups[metric] ?? metric,
    name: Object.values(labels).join(' '),
    metric,
    labels,
    ...(budgetMs !== undefined && { budgetMs }),
    windows: Object.fromEntries(latencyWindows.map((window) => [window, read(window)])) as LatencyLine['windows'],
  }
}

const within = (sum: Histogram, budgetMs: number | undefined): Pick<LatencyRead, 'withinBudget'> => {
  const { count } = sum.buckets()
  return budgetMs === undefined || count === 0 ? {} : { withinBudget: sum.countUpTo(budgetMs) / count }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
