import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from '@jest/globals'
import { createHistogram } from './histogram.js'
import { type LoopDelay, watchLoopDelay } from './loop-delay.js'

let loop: LoopDelay | undefined
afterEach(() => loop?.stop())

const block = (ms: number) => {
  const endMs = performance.now() + ms
  while (performance.now() < endMs);
}

test('what is handled during and right after a block is late by it, what comes later is not', async () => {
  loop = watchLoopDelay()
  await sleep(30)
  block(200)
  expect(loop.delayMs(performance.now())).toBeGreaterThan(150)

  let lateAfterBlock = 0
  // Due while the loop is blocked, and made after the watcher's timer: it runs right behind it.
  setTimeout(() => {
    lateAfterBlock = loop?.delayMs(performance.now()) ?? 0
  }, 21)
  block(200)
  await sleep(60)
  expect(lateAfterBlock).toBeGreaterThan(100)
  expect(loop.delayMs(performance.now())).toBeLessThan(100)
})

test('a block is recorded as whoever came during it has waited, at any of its moments', async () => {
  const delays = createHistogram()
  loop = watchLoopDelay(delays)
  await sleep(60)
  const before = delays.percentiles().count
  block(400)
  await sleep(30)
  const { count, maxMs } = delays.percentiles()
  expect(maxMs).toBeGreaterThan(350)
  // One timer of 20 ms would have been due 20 times.
  expect(count - before).toBeGreaterThanOrEqual(18)
  expect(delays.countUpTo(250) - before).toBeGreaterThanOrEqual(9)
})
