import { expect, test } from '@jest/globals'
import { createRetryBudget } from './retry-budget.js'

test('a tenth of the calls may be sent again', () => {
  const budget = createRetryBudget({ atFirst: 0 })
  let taken = 0
  for (let call = 0; call < 1_000; call++) {
    budget.earn()
    if (budget.take()) taken++
  }
  expect(taken).toBe(100)
})

test('a burst is bounded, however many calls came before', () => {
  const budget = createRetryBudget({ most: 100 })
  for (let call = 0; call < 100_000; call++) budget.earn()
  let taken = 0
  while (budget.take()) taken++
  expect(taken).toBe(100)
})

test('a process that has hardly called yet has a few', () => {
  const budget = createRetryBudget({ atFirst: 2 })
  expect([budget.take(), budget.take(), budget.take()]).toEqual([true, true, false])
})
