import { expect, test } from '@jest/globals'
import { Call } from './call.js'
import { createSweeper } from './sweeper.js'

test('the signal tells of a cancelled call, also one that was cancelled before it was asked for', () => {
  const early = new Call({ timeoutMs: 1_000 })
  early.cancel()
  expect(early.signal.aborted).toBe(true)
  const late = new Call({ timeoutMs: 1_000 })
  expect(late.signal.aborted).toBe(false)
  late.cancel()
  expect(late.signal.aborted).toBe(true)
})

test('the signal tells of the deadline, and not before it', async () => {
  const call = new Call({ timeoutMs: 20 })
  await new Promise((resolve) => call.signal.addEventListener('abort', resolve))
  expect(call.remainingMs()).toBeLessThanOrEqual(0)
})

const expiry = (call: Call, sweeper = createSweeper(5)) =>
  new Promise<number>((resolve) => {
    sweeper.watch({ call, expire: () => resolve(performance.now()) })
  })

test('one sweeper ends waits at their own deadlines, and cancelled ones soon', async () => {
  const sweeper = createSweeper(5)
  const startedMs = performance.now()
  const long = new Call({ timeoutMs: 10_000 })
  const waits = [
    expiry(new Call({ timeoutMs: 200 }), sweeper),
    expiry(new Call({ timeoutMs: 20 }), sweeper),
    expiry(long, sweeper),
  ]
  long.cancel()
  const [later, sooner, cancelled] = (await Promise.all(waits)).map((endedMs) => endedMs - startedMs)
  expect(later).toBeGreaterThanOrEqual(200)
  expect(sooner).toBeGreaterThanOrEqual(20)
  expect(sooner).toBeLessThan(later as number)
  expect(cancelled).toBeLessThan(later as number)
})

test('a forgotten wait never expires', async () => {
  const sweeper = createSweeper(5)
  const expired: string[] = []
  const waiter = { call: new Call({ timeoutMs: 10 }), expire: () => expired.push('it') }
  sweeper.forget(sweeper.watch(waiter))
  await expiry(new Call({ timeoutMs: 30 }), sweeper)
  expect(expired).toEqual([])
})
