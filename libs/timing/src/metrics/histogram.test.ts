import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createHistogram } from './histogram.js'

const latency = fc.double({ min: 0.001, max: 100_000, noNaN: true })

test('every percentile is within 2 % of the exact one', () => {
  fc.assert(
    fc.property(
      fc.array(latency, { minLength: 1, maxLength: 300 }),
      fc.constantFrom(0.5, 0.95, 0.99, 0.999),
      (all, q) => {
        const histogram = createHistogram()
        for (const ms of all) histogram.record(ms)
        const exact = all.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(q * all.length)) - 1] as number
        // A microsecond is the finest that is told.
        expect(Math.abs(histogram.percentileMs(q) - exact)).toBeLessThanOrEqual(Math.max(0.02 * exact, 0.001))
      },
    ),
  )
})

test('two histograms added are the one of all records', () => {
  fc.assert(
    fc.property(fc.array(latency), fc.array(latency), (left, right) => {
      const [a, b, all] = [createHistogram(), createHistogram(), createHistogram()]
      for (const ms of left) a.record(ms)
      for (const ms of right) b.record(ms)
      for (const ms of [...left, ...right]) all.record(ms)
      a.add(b.buckets())
      expect(a.percentiles()).toEqual(all.percentiles())
    }),
  )
})

test('the largest is told exactly, and nothing is told of an empty one', () => {
  const histogram = createHistogram()
  expect(histogram.percentiles()).toEqual({ count: 0, p50Ms: 0, p95Ms: 0, p99Ms: 0, p999Ms: 0, maxMs: 0 })
  histogram.record(1234.5678)
  expect(histogram.percentiles().maxMs).toBe(1234.5678)
})

test('what no clock should give is kept in bounds', () => {
  const histogram = createHistogram()
  for (const odd of [-1, 0, Number.NaN, Number.POSITIVE_INFINITY, 1e12]) histogram.record(odd)
  expect(histogram.percentiles().count).toBe(5)
  expect(histogram.countUpTo(1e9)).toBe(5)
})

test('counts up to a bound for cumulative buckets', () => {
  const histogram = createHistogram()
  for (const ms of [0.05, 0.5, 5, 50]) histogram.record(ms)
  expect([0.1, 1, 10, 100].map(histogram.countUpTo)).toEqual([1, 2, 3, 4])
})
