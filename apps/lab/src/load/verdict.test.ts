import { expect, test } from '@jest/globals'
import { judge, medianInterval } from './verdict.js'

test('the interval of a median is the one of the binomial tables', () => {
  const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1).toReversed()
  // Conover's table of the sign test: 96.9 %, 96.1 %, 96.1 % and 95.9 %.
  expect(medianInterval(upTo(6))).toEqual({ low: 1, high: 6 })
  expect(medianInterval(upTo(9))).toEqual({ low: 2, high: 8 })
  expect(medianInterval(upTo(12))).toEqual({ low: 3, high: 10 })
  expect(medianInterval(upTo(20))).toEqual({ low: 6, high: 15 })
  expect(() => medianInterval(upTo(5))).toThrow('5 rounds are too few')
})

const quiet = [0.99, 1, 1.01, 1, 0.99, 1.01]
const noisy = [0.8, 1, 1.3, 1.1, 0.9, 1.2]

test('what every round shows and no noise explains is sure', () => {
  expect(judge([1.2, 1.3, 1.25, 1.2, 1.4, 1.3], quiet).verdict).toBe('slower')
  expect(judge([0.8, 0.7, 0.75, 0.8, 0.6, 0.7], quiet).verdict).toBe('faster')
  expect(judge([1.2, 1.3, 1.25, 1.2, 1.4, 1.3], quiet)).toMatchObject({
    ratio: 1.275,
    interval: { low: 1.2, high: 1.4 },
    noise: { low: 0.99, high: 1.01 },
  })
})

test('an interval that contains 1 is unsure', () => {
  expect(judge([1.2, 1.3, 1.25, 1.2, 1.4, 0.99], quiet).verdict).toBe('unsure')
})

test('a difference that the first also has to itself is unsure', () => {
  expect(judge([1.2, 1.3, 1.25, 1.2, 1.4, 1.3], noisy).verdict).toBe('unsure')
  expect(judge([0.85, 0.8, 0.85, 0.8, 0.85, 0.8], noisy).verdict).toBe('unsure')
})

test('a difference that a histogram can not tell apart is unsure', () => {
  const same = [1, 1, 1, 1, 1, 1]
  expect(judge(same, same).verdict).toBe('unsure')
  expect(judge([1.01, 1.01, 1.01, 1.01, 1.01, 1.01], same).verdict).toBe('unsure')
})
