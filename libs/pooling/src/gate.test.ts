import { Call, createHistogram, createSweeper } from '@fastpath/timing'
import { expect, test } from '@jest/globals'
import { createGate } from './gate.js'

const gateFor = (limit: number, maxWaiting: number) =>
  createGate({ limit, maxWaiting, sweeper: createSweeper(5), waits: createHistogram() })

const call = (timeoutMs = 1_000) => new Call({ timeoutMs })

test('whoever finds room enters at once, the others in the order in which they came', async () => {
  const gate = gateFor(1, 10)
  expect(gate.enter(call())).toBeUndefined()
  const order: string[] = []
  const waits = ['a', 'b', 'c'].map((name) => gate.enter(call())?.then(() => order.push(name)))
  expect(gate.waiting).toBe(3)
  for (const wait of waits) {
    gate.leave(0)
    await wait
  }
  expect(order).toEqual(['a', 'b', 'c'])
  gate.leave(0)
  expect([gate.inside, gate.waiting]).toEqual([0, 0])
})

test('past the bound of the queue the next one is refused at once', () => {
  const gate = gateFor(1, 1)
  gate.enter(call())
  gate.enter(call())?.catch(() => {})
  expect(() => gate.enter(call())).toThrow(expect.objectContaining({ code: 'OVERLOADED' }))
})

test('who could not be served in the remaining time is refused now, not when that time is over', async () => {
  const gate = gateFor(1, 100)
  for (let i = 0; i < 50; i++) {
    gate.enter(call())
    gate.leave(200) // so a stay is expected to last about 200 ms
  }
  gate.enter(call())
  expect(() => gate.enter(call(50))).toThrow(expect.objectContaining({ code: 'OVERLOADED' }))
  const patient = gate.enter(call(1_000))
  gate.leave(0)
  await patient
})

test('who could enter in time but not be done in time is refused too, and the first stay may be known beforehand', async () => {
  const gate = createGate({
    limit: 1,
    maxWaiting: 100,
    sweeper: createSweeper(5),
    waits: createHistogram(),
    firstStayMs: 1_000,
  })
  expect(gate.enter(call())).toBeUndefined()
  expect(() => gate.enter(call(1_900))).toThrow(expect.objectContaining({ code: 'OVERLOADED' }))
  const patient = gate.enter(call(3_000))
  gate.leave(1_000)
  await patient
})

test('a wait ends at its deadline and leaves its place to the next', async () => {
  const gate = gateFor(1, 10)
  gate.enter(call())
  const late = gate.enter(call(20))
  const patient = gate.enter(call())
  await expect(late).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' })
  gate.leave(0)
  await patient
  expect(gate.inside).toBe(1)
})

test('a cancelled wait ends soon', async () => {
  const gate = gateFor(1, 10)
  gate.enter(call())
  const waiting = call()
  const turn = gate.enter(waiting)
  waiting.cancel()
  await expect(turn).rejects.toMatchObject({ code: 'CANCELLED' })
})
