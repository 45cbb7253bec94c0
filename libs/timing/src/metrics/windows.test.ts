import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createHistogram } from './histogram.js'
import { packBuckets } from './packed-buckets.js'
import { createWindowedHistogram, type LatencyWindow, type WindowedHistogram } from './windows.js'

const countIn = (histogram: WindowedHistogram, window: LatencyWindow) => {
  const sum = createHistogram()
  sum.addPacked(histogram.packed(window))
  return sum.percentiles().count
}

test('a record leaves the last minute after 60 to 70 s, the last five after 5 to 6 minutes, and the start never', () => {
  // At any moment of a slot, and whether anybody looks in between or not.
  for (const recordedMs of [0, 1, 9_999, 10_000, 35_000, 59_999, 123_456]) {
    for (const lookEveryMs of [1_000, 1_000_000]) {
      let nowMs = recordedMs
      const histogram = createWindowedHistogram(() => nowMs)
      histogram.record(5)
      const holds = (window: LatencyWindow, ageMs: number) => {
        for (; nowMs + lookEveryMs < recordedMs + ageMs; nowMs += lookEveryMs) histogram.packed(window)
        nowMs = recordedMs + ageMs
        return countIn(histogram, window) === 1
      }
      expect([holds('1m', 60_000), holds('1m', 70_000)]).toEqual([true, false])
      expect([holds('5m', 300_000), holds('5m', 360_000)]).toEqual([true, false])
      expect(holds('start', 1_000_000)).toBe(true)
    }
  }
})

test('whatever comes when, each window holds exactly its records, and the largest of them', () => {
  const step = fc.record({
    waitMs: fc.integer({ min: 0, max: 90_000 }),
    ms: fc.double({ min: 0, max: 10_000, noNaN: true }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let nowMs = 0
      const histogram = createWindowedHistogram(() => nowMs)
      const records: { atMs: number; ms: number }[] = []
      for (const { waitMs, ms } of steps) {
        nowMs += waitMs
        histogram.record(ms)
        records.push({ atMs: nowMs, ms })
      }
      const slotStart = (slotMs: number) => Math.floor(nowMs / slotMs) * slotMs
      const expected = (fromMs: number) => {
        const all = createHistogram()
        for (const { atMs, ms } of records) if (atMs >= fromMs) all.record(ms)
        return all.percentiles()
      }
      const told = (window: LatencyWindow) => {
        const sum = createHistogram()
        sum.addPacked(histogram.packed(window))
        return sum.percentiles()
      }
      expect(told('1m')).toEqual(expected(slotStart(10_000) - 60_000))
      expect(told('5m')).toEqual(expected(slotStart(60_000) - 300_000))
      expect(told('start')).toEqual(expected(0))
      expect(histogram.percentiles()).toEqual(expected(0))
    }),
  )
})

test('packed and added again it is the same histogram', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 5_000_000, noNaN: true })), (all) => {
      const [histogram, again] = [createHistogram(), createHistogram()]
      for (const ms of all) histogram.record(ms)
      again.addPacked(packBuckets(histogram.buckets()))
      expect(again.buckets()).toEqual(histogram.buckets())
    }),
  )
})

test('without a clock of its own it counts what comes now', () => {
  const histogram = createWindowedHistogram()
  histogram.record(1)
  expect((['1m', '5m', 'start'] as const).map((window) => countIn(histogram, window))).toEqual([1, 1, 1])
})

test('after a reset no window knows of what was, and what comes is counted', () => {
  let nowMs = 0
  const histogram = createWindowedHistogram(() => nowMs)
  const counts = () => [countIn(histogram, '1m'), countIn(histogram, '5m'), countIn(histogram, 'start')]
  for (; nowMs < 200_000; nowMs += 9_000) histogram.record(5)
  expect(Math.min(...counts())).toBeGreaterThan(0)
  histogram.record(7)
  histogram.reset()
  expect([counts(), histogram.percentiles().maxMs]).toEqual([[0, 0, 0], 0])
  histogram.record(3)
  expect([counts(), histogram.percentiles().maxMs]).toEqual([[1, 1, 1], 3])
})
