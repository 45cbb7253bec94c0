import { Call, createMetrics } from '@fastpath/timing'
import { expect, test } from '@jest/globals'
import { hash } from '@node-rs/argon2'
import { createPasswords } from './passwords.js'

const passwordsFor = (cost: { memoryKiB: number; iterations: number }) =>
  createPasswords({ ...cost, concurrency: 1, maxWaiting: 100, metrics: createMetrics() })
const call = (timeoutMs = 10_000) => new Call({ timeoutMs })

test('a hash is of its password alone, never the same twice, and nobody’s hash is of no password', async () => {
  const passwords = await passwordsFor({ memoryKiB: 64, iterations: 1 })
  const hashed = await passwords.hash(call(), 'correct horse')
  expect(hashed).toMatch(/^\$argon2id\$v=19\$m=64,t=1,p=1\$/)
  expect(await passwords.hash(call(), 'correct horse')).not.toBe(hashed)
  expect(await passwords.verify(call(), 'correct horse', hashed)).toBe(true)
  expect(await passwords.verify(call(), 'Correct horse', hashed)).toBe(false)
  expect(await passwords.verify(call(), '', null)).toBe(false)
})

test('whose time is over before its turn could end is refused at once, from the very first hash on', async () => {
  const passwords = await passwordsFor({ memoryKiB: 16_384, iterations: 4 })
  const working = passwords.hash(call(), 'one')
  await expect(passwords.hash(call(2), 'two')).rejects.toMatchObject({ code: 'OVERLOADED' })
  await working
})

test('a hash of another cost is outdated', async () => {
  const hashed = await (await passwordsFor({ memoryKiB: 64, iterations: 1 })).hash(call(), 'correct horse')
  const outdatedFor = async (memoryKiB: number, iterations: number) =>
    (await passwordsFor({ memoryKiB, iterations })).isOutdated(hashed)
  expect([await outdatedFor(64, 1), await outdatedFor(128, 1), await outdatedFor(64, 2)]).toEqual([false, true, true])
})

test('who is let in, and is not hashed in time after all, is refused while there is time to say so', async () => {
  const passwords = await passwordsFor({ memoryKiB: 64, iterations: 1 })
  // Nothing tells beforehand how long hashes of another cost take.
  const costly = await hash('one', { memoryCost: 65_536, timeCost: 20 })
  const atOnce = () => passwords.verify(call(200), 'one', costly).catch(({ code }) => code)
  expect(await Promise.all([atOnce(), atOnce()])).toEqual(['OVERLOADED', 'OVERLOADED'])
})
