import type { Histogram } from '@fastpath/timing'
import type { Lab } from '../experiment.js'

/** The generator was too slow for what was asked of it: what it measured is itself. */
export class SaturatedError extends Error {
  override readonly name = 'SaturatedError'
}

export interface GeneratorReport {
  /** Of one core. */
  readonly cpuShare: number
  /** How late it noticed what was due. */
  readonly lag: Histogram
}

/** @throws SaturatedError where the generator used more than 80 % of a core or noticed too late what was due. */
export const checkGenerator = ({ cpuShare, lag }: GeneratorReport, maxLagMs: number): void => {
  const lagMs = lag.percentileMs(0.99)
  const advice = 'the run is void: ask for a lower rate, use more workers, or give the generator a core of its own'
  if (cpuShare > maxCpuShare)
    throw new SaturatedError(`the load generator used ${Math.round(cpuShare * 100)} % of a core; ${advice}`)
  if (lagMs > maxLagMs)
    throw new SaturatedError(
      `the load generator was ${lagMs.toFixed(1)} ms late at its 99th percentile, more than ${maxLagMs} ms; ${advice}`,
    )
}

/** Runs anew what a busy moment of the machine has voided, five times at most: a moment is not to void a whole comparison. */
export const untilUnsaturated = async <T>(lab: Lab, run: () => Promise<T>): Promise<T> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run()
    } catch (error) {
      if (!(error instanceof SaturatedError) || attempt === maxAttempts) throw error
      lab.say(`once more: ${error.message}`)
    }
  }
}

const maxCpuShare = 0.8
const maxAttempts = 5
