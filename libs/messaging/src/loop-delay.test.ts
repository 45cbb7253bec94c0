import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from '@jest/globals'
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
