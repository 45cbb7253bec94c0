import { expect, test } from '@jest/globals'
import { createHistogram } from './histogram.js'
import { latencyReport } from './latency-report.js'
import { formatLatencyTable } from './latency-table.js'
import { createMetrics, type Metrics } from './metrics.js'
import { snapshotFromWire, snapshotToWire, takeSnapshots } from './snapshot.js'

const overTheWire = (metrics: Metrics) => takeSnapshots(metrics).map(snapshotToWire).map(snapshotFromWire)

const options = {
  groups: { request_seconds: 'routes', statement_seconds: 'statements' },
  budgetMs: (metric: string, { route }: { route?: string }) =>
    metric === 'request_seconds' && route === 'list' ? 50 : undefined,
}

test('the records of several processes are one histogram of all', () => {
  const all = createHistogram()
  const processes = [1, 2, 3].map((process) => {
    const metrics = createMetrics()
    for (let i = 1; i <= 500; i++) {
      const ms = (i * process) / 7
      metrics.histogram('request_seconds', 'Requests', { route: 'list' }).record(ms)
      all.record(ms)
    }
    return metrics
  })
  const [line, ...others] = latencyReport(processes.flatMap(overTheWire), options)
  expect(others).toEqual([])
  expect(line).toMatchObject({ group: 'routes', name: 'list', labels: { route: 'list' }, budgetMs: 50 })
  for (const window of ['1m', '5m', 'start'] as const) expect(line?.windows[window]).toMatchObject(all.percentiles())
  expect(line?.windows.start.withinBudget).toBeCloseTo((350 + 175 + 116) / 1_500, 1)
})

test('the table tells one window: grouped in the order that was asked for, units above, silent series counted', () => {
  let nowMs = 0
  const metrics = createMetrics({ nowMs: () => nowMs })
  metrics.histogram('other_seconds', 'Other').record(3)
  metrics.histogram('statement_seconds', 'Statements', { statement: 'old' }).record(1)
  nowMs = 100_000
  metrics.histogram('statement_seconds', 'Statements', { statement: 'all\nnew' }).record(0.25)
  for (const ms of [10, 20, 30, 1_000]) metrics.histogram('request_seconds', 'R', { route: 'list' }).record(ms)
  metrics.histogram('request_seconds', 'R', { route: 'unused' })
  const table = formatLatencyTable(latencyReport(takeSnapshots(metrics), options), '1m')
  expect(table).toBe(`
routes      count  p50 ms   p95 ms   p99 ms  p99.9 ms   max ms  budget ms   within
  list          4   20.10  1000.00  1000.00   1000.00  1000.00         50  75.00 %

statements  count  p50 ms   p95 ms   p99 ms  p99.9 ms   max ms
  all?new       1    0.25     0.25     0.25      0.25     0.25

2 more series without a record in this time
`)
  expect(formatLatencyTable(latencyReport(takeSnapshots(metrics), options), 'start')).toMatch(
    /\nother_seconds +count.*\n +other_seconds +1 /,
  )
})

test.each([
  ['no list', 'text'],
  ['a name that is none', [7, [], [null, null, null]]],
  ['a label that is none', ['a', ['route', 7], [null, null, null]]],
  ['an endless name', ['a'.repeat(201), [], [null, null, null]]],
  ['no windows', ['a', []]],
  ['too few windows', ['a', [], [null]]],
  ['a bucket that is none', ['a', [], [[1, 1, ['x', 1]], null, null]]],
  ['half a bucket', ['a', [], [[1, 1, [1]], null, null]]],
  ['a count below zero', ['a', [], [[1, 1, [1, -1]], null, null]]],
  ['a bucket beyond the last', ['a', [], [[1, 1, [5_000, 1]], null, null]]],
  ['a sum that is none', ['a', [], [[Number.NaN, 1, [1, 1]], null, null]]],
])('what came as a snapshot and has %s is refused', (_, wire) => {
  expect(() => snapshotFromWire(wire)).toThrow()
})

test('more labels than anybody reads share one series, so that memory stays bounded', () => {
  const metrics = createMetrics()
  for (let i = 0; i < 3_000; i++) metrics.histogram('request_seconds', 'R', { route: `r${i}` }).record(1)
  const snapshots = takeSnapshots(metrics)
  expect(snapshots).toHaveLength(1_001)
  expect(latencyReport(snapshots).find(({ name }) => name === 'other')?.windows.start.count).toBe(2_000)
})
