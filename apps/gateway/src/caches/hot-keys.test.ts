import { expect, test } from '@jest/globals'
import { createHotKeys } from './hot-keys.js'

test('the most used come first, and a million others do not push them out', () => {
  const hot = createHotKeys(100)
  for (let i = 0; i < 1_000_000; i++) {
    hot.note(`once-${i}`)
    if (i % 20 === 0) hot.note('often')
    if (i % 10 === 0) hot.note('more often')
  }
  expect(hot.hottest(2)).toEqual(['more often', 'often'])
  expect(hot.hottest(1_000).length).toBeLessThanOrEqual(100)
})

test('what was restored is hot until others are hotter', () => {
  const hot = createHotKeys(100)
  hot.restore(['a', 'b'])
  expect(hot.hottest(5)).toEqual(['a', 'b'])
  hot.note('c')
  hot.note('c')
  expect(hot.hottest(2)).toEqual(['c', 'a'])
})
