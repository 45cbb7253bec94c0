import { expect, test } from '@jest/globals'
import { roundsVerdictOf } from './rounds-verdict.js'

const times = (count: number, ratio: number) => Array.from({ length: count }, () => ratio)

test('all rounds on one side are sure from six on', () => {
  expect(roundsVerdictOf(times(6, 0.9))).toBe('faster')
  expect(roundsVerdictOf(times(6, 1.1))).toBe('slower')
  expect(roundsVerdictOf(times(5, 0.1))).toBe('unsure')
  expect(roundsVerdictOf([])).toBe('unsure')
})

test('a few rounds on the other side leave many rounds sure', () => {
  expect(roundsVerdictOf([...times(12, 0.9), ...times(3, 1.1)])).toBe('faster')
  expect(roundsVerdictOf([...times(11, 0.9), ...times(4, 1.1)])).toBe('unsure')
  expect(roundsVerdictOf([...times(3, 0.9), ...times(12, 1.1)])).toBe('slower')
})

test('rounds that were equal speak for neither', () => {
  expect(roundsVerdictOf(times(20, 1))).toBe('unsure')
  expect(roundsVerdictOf([...times(6, 0.9), ...times(20, 1)])).toBe('faster')
})
