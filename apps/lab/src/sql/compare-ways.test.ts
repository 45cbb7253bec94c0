import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import type { Lab } from '../experiment.js'
import { compareWays, type Way } from './compare-ways.js'

const said: string[] = []
const lab: Lab = { quick: false, say: (line) => void said.push(line), own: (resource) => resource }
const rounds = { rounds: 6, roundMs: 5, warmupMs: 1 }
const compare = (ways: readonly Way[], callers = 1) =>
  compareWays(lab, {
    title: 'test',
    ways,
    questions: 3,
    ratios: { 'second-to-first': [ways[1]?.name ?? '', ways[0]?.name ?? ''] },
    pid: process.pid,
    callers,
    rounds,
  })

test('a way that answers another thing ends the experiment, before and while it is measured', async () => {
  const right: Way = { name: 'right', ask: async (question) => ({ question }) }
  const wrong: Way = { name: 'wrong', ask: async (question) => ({ question: question === 2 ? 0 : question }) }
  await expect(compare([right, wrong])).rejects.toThrow('wrong answers something else')
  let asked = 0
  const later: Way = { name: 'later', ask: async (question) => ({ question: ++asked > 10 ? 0 : question }) }
  await expect(compare([right, later])).rejects.toThrow('later answers something else')
})

test.each([1, 4])('%i callers ask each question equally often, and what takes longer is slower', async (callers) => {
  const asked = [0, 0, 0]
  const wayOf = (name: string, ms: number): Way => ({
    name,
    async ask(question) {
      asked[question] = (asked[question] ?? 0) + 1
      await pause(ms)
      return question
    },
  })
  const figures = await compare([wayOf('quick', 1), wayOf('slow', 30)], callers)
  expect(new Set(asked).size).toBe(1)
  expect(figures['second-to-first']).toBeGreaterThan(1)
  expect(said.at(-1)).toMatch(/^second-to-first .* slower$/)
})
