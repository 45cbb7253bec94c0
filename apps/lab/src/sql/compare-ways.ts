import { isDeepStrictEqual } from 'node:util'
import { createHistogram } from '@fastpath/timing'
import { cpuPer } from '../cpu.js'
import type { Lab, Variant } from '../experiment.js'
import { interleave, mediansOf, type RoundsOptions } from '../rounds.js'
import { tellRounds, tellTimeRatios } from '../table.js'

/** One way to get the answer of a question; there are `questions` of them, from 0. */
export interface Way {
  readonly name: string
  readonly ask: (question: number) => Promise<unknown>
}

export interface Comparison {
  readonly title: string
  readonly ways: readonly Way[]
  readonly questions: number
  /** Ratios of the p50 by their names: the way above the line, the way below it. */
  readonly ratios: Readonly<Record<string, readonly [way: string, other: string]>>
  /** Of the database, whose CPU time is told. */
  readonly pid: number
  /** How many ask at a time, each the next when it has its answer; 1 unless told. */
  readonly callers?: number
  readonly rounds?: RoundsOptions
}

/**
 * Measures ways that must give the same answers: each is asked every question before, and each answer of the rounds is
 * compared too, outside of its time. Tells the tables and gives the ratios.
 */
export const compareWays = async (lab: Lab, comparison: Comparison): Promise<Record<string, number>> => {
  const { title, ways, ratios, rounds: wanted = usualRounds } = comparison
  const expected = await answersOf(comparison)
  const rounds = await interleave(
    ways.map((way) => variantOf(way, expected, comparison)),
    lab.quick ? quickRounds : wanted,
  )
  tellRounds(lab, title, { rounds, columns })
  const told = Object.fromEntries(
    Object.entries(ratios).map(([name, [way, other]]) => [name, rounds.timeRatio(way, other, 'p50Ms')]),
  )
  tellTimeRatios(lab, told)
  return mediansOf(told)
}

const usualRounds: RoundsOptions = { rounds: 15, roundMs: 400, warmupMs: 1_000 }
const quickRounds: RoundsOptions = { rounds: 6, roundMs: 30, warmupMs: 100 }

const columns = [
  { figure: 'p50Ms', title: 'p50 ms', digits: 3 },
  { figure: 'p99Ms', title: 'p99 ms', digits: 3 },
  { figure: 'rps', title: 'answers/s' },
  { figure: 'cpuUs', title: "database's CPU µs" },
]

/** By the first way. @throws Error where another one answers differently. */
const answersOf = async ({ ways, questions }: Comparison): Promise<unknown[]> => {
  const expected: unknown[] = []
  for (const { name, ask } of ways) {
    for (let question = 0; question < questions; question++) {
      const answer = await ask(question)
      expected[question] ??= answer
      check(name, answer, expected[question])
    }
  }
  return expected
}

const check = (name: string, answer: unknown, expected: unknown) => {
  if (!isDeepStrictEqual(answer, expected)) throw new Error(`${name} answers something else than the other ways`)
}

const variantOf = ({ name, ask }: Way, expected: readonly unknown[], { callers = 1, pid }: Comparison): Variant => ({
  name,
  async round(ms) {
    const latencies = createHistogram()
    let startedMs = 0
    let elapsedMs = 0
    let asked = 0
    const askOn = async () => {
      // To the end of the list, however slow: every way answers each question equally often.
      while (performance.now() < startedMs + ms || asked % expected.length !== 0) {
        const question = asked++ % expected.length
        const sentMs = performance.now()
        const answer = await ask(question)
        latencies.record(performance.now() - sentMs)
        check(name, answer, expected[question])
      }
    }
    const cpu = await cpuPer([pid], async () => {
      startedMs = performance.now()
      await Promise.all(Array.from({ length: callers }, askOn))
      elapsedMs = performance.now() - startedMs
      return asked
    })
    const { p50Ms, p99Ms } = latencies.percentiles()
    return { rps: (asked * 1000) / elapsedMs, p50Ms, p99Ms, ...cpu }
  },
})
