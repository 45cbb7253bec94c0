import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Intervals } from './intervals.js'

test('moments that two intervals share are counted once', () => {
  const intervals = new Intervals()
  intervals.add(0, 10)
  intervals.add(5, 15)
  intervals.add(20, 25)
  expect(intervals.coveredMs()).toBe(20)
})

test('an interval that bridges others swallows them', () => {
  const intervals = new Intervals()
  intervals.add(0, 1)
  intervals.add(2, 3)
  intervals.add(4, 5)
  intervals.add(0.5, 4.5)
  expect(intervals.coveredMs()).toBe(5)
})

test('any order of up to 64 intervals covers what a walk over every moment counts', () => {
  const interval = fc.tuple(fc.nat(200), fc.nat(20)).map(([start, length]) => [start, start + length] as const)
  fc.assert(
    fc.property(fc.array(interval, { maxLength: 60 }), (list) => {
      const intervals = new Intervals()
      for (const [start, end] of list) intervals.add(start, end)
      const moments = new Set(list.flatMap(([start, end]) => Array.from({ length: end - start }, (_, i) => start + i)))
      expect(intervals.coveredMs()).toBe(moments.size)
    }),
  )
})

test('ten thousand statements one after the other add up exactly, in bounded memory', () => {
  const intervals = new Intervals()
  for (let i = 0; i < 10_000; i++) intervals.add(i * 2, i * 2 + 1)
  expect(intervals.coveredMs()).toBe(10_000)
  expect(intervals.firstMs).toBe(0)
})
