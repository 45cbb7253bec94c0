import type { Lab, Variant } from '../experiment.js'
import { interleave, type Rounds, ratiosOf } from '../rounds.js'
import { type OpenLoop, type OpenLoopReport, type OpenLoopRun, startOpenLoop } from './open-loop.js'
import { type PercentileName, percentileNames, percentileOf, shareAbove } from './percentiles.js'
import { untilUnsaturated } from './saturation.js'
import { type Judged, judge } from './verdict.js'

export interface ComparedTarget extends Pick<OpenLoopRun, 'target' | 'expectStatus'> {
  readonly name: string
}

export interface OpenLoopComparison extends Omit<OpenLoopRun, 'target' | 'expectStatus'> {
  readonly a: ComparedTarget
  readonly b: ComparedTarget
  /** Of each, six or more. `seconds` is the length of one. */
  readonly rounds: number
  /** Unmeasured, of each; 1 unless told. */
  readonly warmupSeconds?: number
  /** Started for this comparison unless told. */
  readonly meter?: OpenLoop
}

export interface Compared {
  /** Of `b`, compared with `a`; null where there were too few samples, or too few answers, to tell. */
  readonly verdicts: Readonly<Record<PercentileName, Judged | null>>
  /** Figures `p50`, …, `service p50`, …, `lag p99`, `answered`, `failed`, `dropped`, of `a`, `b` and `a` again. */
  readonly rounds: Rounds
  readonly names: { readonly a: string; readonly b: string; readonly again: string }
}

/**
 * Compares two at the same constant rate, in turns: A B A, then backwards, and so on. The second A is the A/A run: what
 * it differs by from the first is noise, which the difference of B must exceed.
 *
 * @example
 * const compared = await compareOpenLoop(lab, {
 *   a: { name: 'offset', target: `${url}?offset=5000` },
 *   b: { name: 'cursor', target: `${url}?after=5000` },
 *   ratePerSecond: 200, seconds: 3, rounds: 9 })
 * tellComparison(lab, 'page 250', compared)
 *
 * @throws SaturatedError where the generator was too slow five times running.
 */
export const compareOpenLoop = async (lab: Lab, comparison: OpenLoopComparison): Promise<Compared> => {
  const { a, b, rounds: count, warmupSeconds = 1, meter: given, ...common } = comparison
  if (a.name === b.name) throw new Error(`two of the name ${a.name} can't be told apart`)
  const meter = given ?? (await startOpenLoop(lab))
  const names = { a: a.name, b: b.name, again: `${a.name} again` }
  const variant = (name: string, { target, expectStatus }: ComparedTarget): Variant => ({
    name,
    async round(ms) {
      const run = () => meter.run({ ...common, target, expectStatus, seconds: ms / 1000 })
      return figuresOf(await untilUnsaturated(lab, run))
    },
  })
  const rounds = await interleave([variant(names.a, a), variant(names.b, b), variant(names.again, a)], {
    rounds: count,
    roundMs: common.seconds * 1000,
    warmupMs: warmupSeconds * 1000,
  })
  const judged = percentileNames.map((name) => [name, judgePercentile(rounds, names, name)])
  return { verdicts: Object.fromEntries(judged), rounds, names }
}

/** A percentile that can't be told is left out. */
export const figuresOf = (report: OpenLoopReport): Record<string, number> => {
  const { latency, service, lag, answered, failed, dropped } = report
  const told = percentileNames.flatMap((name) => [
    [name, percentileOf(latency, name)],
    [`service ${name}`, percentileOf(service, name)],
  ])
  return {
    ...Object.fromEntries(told.filter(([, ms]) => ms !== null)),
    'lag p99': lag.percentileMs(0.99),
    answered,
    failed,
    dropped,
  }
}

const judgePercentile = ({ samples }: Rounds, names: Compared['names'], percentile: PercentileName): Judged | null => {
  const runs = [names.a, names.b, names.again].map((name) => samples.get(name) ?? [])
  if (runs.some((rounds) => lostShare(rounds) >= shareAbove[percentile])) return null
  if (runs.flat().some((figures) => figures[percentile] === undefined)) return null
  const [a = [], b = [], again = []] = runs.map((rounds) => rounds.map((figures) => figures[percentile] as number))
  return judge(ratiosOf(b, a), ratiosOf(again, a))
}

/** What was never answered would have been among the slowest: a percentile that it reaches can't be compared. */
const lostShare = (samples: readonly Readonly<Record<string, number>>[]): number => {
  const sum = (figure: string) => samples.reduce((all, sample) => all + (sample[figure] ?? 0), 0)
  const lost = sum('failed') + sum('dropped')
  return lost / (sum('answered') + lost)
}
