import { expect, test } from '@jest/globals'
import { createInvalidationLog } from './invalidation-log.js'

test('it speaks of what was invalidated after a moment, and of nothing else', () => {
  const log = createInvalidationLog()
  const before = log.now
  log.add(['a'])
  const after = log.now
  log.add(['b'])
  expect(log.speaksOf(['x', 'a'], before)).toBe(true)
  expect(log.speaksOf(['a'], after)).toBe(false)
  expect(log.speaksOf(['b'], after)).toBe(true)
  expect(log.speaksOf(['x'], before)).toBe(false)
  expect(log.speaksOf([], before)).toBe(false)
})

test('what it has forgotten counts as invalidated, and what began later does not', () => {
  const log = createInvalidationLog(10)
  const before = log.now
  log.add(['first'])
  for (let i = 0; i < 10; i++) log.add([`tag${i}`])
  const after = log.now
  expect(log.speaksOf(['first'], before)).toBe(true)
  expect(log.speaksOf(['never'], before)).toBe(true)
  log.add(['tag9'])
  expect(log.speaksOf(['tag8'], after)).toBe(false)
  expect(log.speaksOf(['tag9'], after)).toBe(true)
})

test('everything at once', () => {
  const log = createInvalidationLog()
  log.add(['a'])
  const before = log.now
  log.addAll()
  expect(log.speaksOf(['x'], before)).toBe(true)
  expect(log.speaksOf(['x'], log.now)).toBe(false)
})
