import { expect, test } from '@jest/globals'
import type { Variant } from './experiment.js'
import { interleave, orderOf, ratiosOf, spreadOf } from './rounds.js'

test('the spread of measurements is their median and quartiles, in proportion between two ranks', () => {
  expect(spreadOf([3, 1, 2])).toEqual({ median: 2, q1: 1.5, q3: 2.5 })
  expect(spreadOf([4, 1, 3, 2])).toEqual({ median: 2.5, q1: 1.75, q3: 3.25 })
  expect(spreadOf([7])).toEqual({ median: 7, q1: 7, q3: 7 })
  // As numbers, not as text.
  expect(spreadOf([10, 9, 100]).median).toBe(10)
  expect(() => spreadOf([])).toThrow('nothing was measured')
})

test('ratios are taken round by round', () => {
  expect(ratiosOf([10, 30], [5, 10])).toEqual([2, 3])
  expect(() => ratiosOf([1], [1, 2])).toThrow('1 rounds')
})

test('every other round goes backwards', () => {
  expect([0, 1, 2].map((round) => orderOf(['a', 'b', 'c'], round).join(''))).toEqual(['abc', 'cba', 'abc'])
})

/** A variant that tells when it ran, and gives the next of its prepared figures. */
const scripted = (name: string, figures: readonly number[], ran: string[]): Variant => {
  let turn = 0
  return {
    name,
    async round(ms) {
      ran.push(`${name}${ms}`)
      return { rps: figures[turn++] ?? 0 }
    },
  }
}

test('variants take turns; warm-ups come first and are left out', async () => {
  const ran: string[] = []
  const variants = [scripted('a', [999, 20, 60, 50], ran), scripted('b', [1, 10, 20, 10], ran)]
  const rounds = await interleave(variants, { rounds: 3, roundMs: 5, warmupMs: 7 })
  expect(ran).toEqual(['a7', 'b7', 'a5', 'b5', 'b5', 'a5', 'a5', 'b5'])
  expect(rounds.spread('a', 'rps')).toEqual({ median: 50, q1: 35, q3: 55 })
  // The middle of 2, 3 and 5: not 50 / 10.
  expect(rounds.ratio('a', 'b', 'rps').median).toBe(3)
  // Three rounds prove nothing.
  expect(rounds.timeRatio('a', 'b', 'rps')).toEqual({ median: 3, q1: 2.5, q3: 4, verdict: 'unsure' })
  expect(() => rounds.spread('a', 'p50Ms')).toThrow('a has no figure p50Ms')
  expect(() => rounds.spread('c', 'rps')).toThrow('c has no figure rps')
})

test('a wrong answer ends the measurement', async () => {
  const wrong: Variant = { name: 'wrong', round: () => Promise.reject(new Error('not the page')) }
  await expect(interleave([wrong], { rounds: 1, roundMs: 1, warmupMs: 1 })).rejects.toThrow('not the page')
})
