import { expect, test } from '@jest/globals'
import { lab } from './test-lab.js'

// Limits that hold on any machine, however busy: what is compared differs by several times.
test.each([
  ['n-plus-one', 'two-to-21', 0, 0.9],
  ['pool', 'new-connection-to-pool-c1', 1.5, Number.POSITIVE_INFINITY],
  ['signed-in-read', 'serialize-to-whole', 0, 0.5],
])(
  '%s runs on a database of its own and comes out as expected',
  async (name, ratio, above, below) => {
    const { code, stdout, stderr } = await lab(name, '--quick', '--json')
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^\S+ .* (faster|slower|unsure)$/m)])
    const { figures } = JSON.parse(stdout)
    for (const value of Object.values(figures)) expect(Number.isFinite(value)).toBe(true)
    expect(figures[ratio]).toBeGreaterThan(above)
    expect(figures[ratio]).toBeLessThan(below)
  },
  120_000,
)
