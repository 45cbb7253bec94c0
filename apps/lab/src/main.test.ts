import { expect, test } from '@jest/globals'
import { lab } from './test-lab.js'

test('without a name it lists the experiments, a sentence each', async () => {
  const { code, stdout } = await lab()
  expect(code).toBe(0)
  for (const name of ['messagepack', 'hop', 'paging']) expect(stdout).toMatch(new RegExp(`^ +${name} +\\S.*\\.$`, 'm'))
})

test('--json gives one line of named numbers on stdout, and the rest on stderr', async () => {
  const { code, stdout, stderr } = await lab('messagepack', '--quick', '--json')
  expect(code).toBe(0)
  expect(stdout).toMatch(/^[^\n]+\n$/)
  const { experiment, figures, ...rest } = JSON.parse(stdout)
  expect([experiment, rest]).toEqual(['messagepack', {}])
  for (const name of ['bytes-to-json', 'decode-to-json', 'encode-to-json']) expect(figures[name]).toBeGreaterThan(0)
  for (const value of Object.values(figures)) expect(Number.isFinite(value)).toBe(true)
  expect(stderr).toContain('npm run lab -- messagepack --quick --json')
}, 60_000)

test.each([
  [['nonsense'], 'there is no experiment "nonsense"'],
  [['--fast'], "Unknown option '--fast'"],
  [['--json'], 'needs the name of an experiment'],
])('%j is refused with a word on what there is', async (args, message) => {
  const { code, stdout, stderr } = await lab(...args)
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toContain(message)
  expect(stderr).toContain('npm run lab -- NAME…')
})
