import { describeWith } from '@fastpath/testing'
import { expect, test } from '@jest/globals'
import { lab } from './test-lab.js'

// Limits that hold on any machine, however busy: what is compared differs by several times.
const runs = async (name: string, ratio: string, above: number, below: number) => {
  const { code, stdout, stderr } = await lab(name, '--quick', '--json')
  expect([code, stderr]).toEqual([0, expect.stringMatching(/^\S+ .* (faster|slower|unsure)$/m)])
  const { figures } = JSON.parse(stdout)
  for (const value of Object.values(figures)) expect(Number.isFinite(value)).toBe(true)
  expect(figures[ratio]).toBeGreaterThan(above)
  expect(figures[ratio]).toBeLessThan(below)
}

test.each([
  ['n-plus-one', 'two-to-21', 0, 0.9],
  ['pool', 'new-connection-to-pool-c1', 1.5, Number.POSITIVE_INFINITY],
  ['signed-in-read', 'serialize-to-whole', 0, 0.5],
  ['compression', 'br-bytes-to-none', 0, 0.4],
])('%s runs on a database of its own and comes out as expected', runs, 120_000)

describeWith(['nginx'], 'through nginx', () => {
  test.each([['http2', 'warm-h2-to-h1-rtt40', 0, 0.6]])('%s runs and comes out as expected', runs, 120_000)
})

describeWith(['pgbouncer'], 'through PgBouncer', () => {
  test.each([['pooler', 'memory-pgbouncer-to-direct', 0, 0.5]])('%s runs and comes out as expected', runs, 120_000)
})
