import { fileURLToPath, pathToFileURL } from 'node:url'
import { bundle } from '../bundle.js'
import { startChild } from '../child.js'
import type { Round } from '../detector/worker.js'
import type { Experiment, Variant } from '../experiment.js'
import { interleave, mediansOf, type Spread } from '../rounds.js'
import { tellRounds, tellSpreads } from '../table.js'

/*
 * What the N+1 detector costs a statement: the accounting of its use and the judgement at the end, over the same request
 * without them. Held equal are the statements, twenty a request with two arguments each, and the span in which they
 * stand. It teaches that counting costs little beside the fastest statement, and that a place in the code is dear: it is
 * looked for once, where something is wrong already.
 */
export const detector: Experiment = {
  name: 'detector',
  summary:
    'The N+1 detector’s cost a statement: twenty names, four names five times, an N+1 without and with its place.',
  heldEqual:
    'requests of 20 statements with two arguments and a span around each; nothing is sent. The judge is asked at the end of each. Asked from 12 calls deep.',
  teaches:
    'Counting costs well under 2 µs a statement. The place in the code is looked for once in a request that repeats a statement, and costs more than all the counting; from source, with source maps, many times that.',

  async run(lab) {
    const source = new URL('../detector/worker.ts', import.meta.url)
    const built = pathToFileURL(await bundle(lab, fileURLToPath(source)))
    const variantsOf = async (script: URL, ways: Readonly<Record<string, Omit<Round, 'ms'>>>): Promise<Variant[]> => {
      const { child } = await startChild(lab, script, null)
      return Object.entries(ways).map(([name, way]) => ({
        name,
        round: async (ms) => ({ us: await child.ask<number>({ ...way, ms }) }),
      }))
    }
    const rounds = await interleave(
      [
        ...(await variantsOf(built, {
          without: { names: 0 },
          'twenty names': { names: 20 },
          'four names': { names: 4 },
          'N+1': { names: 1 },
          'N+1 with its place': { names: 1, site: true },
        })),
        ...(await variantsOf(source, {
          'N+1, source maps': { names: 1 },
          'N+1 with its place, source maps': { names: 1, site: true },
        })),
      ],
      lab.quick ? { rounds: 6, roundMs: 30, warmupMs: 200 } : { rounds: 31, roundMs: 100, warmupMs: 1_000 },
    )
    tellRounds(lab, 'a request of 20 statements', { rounds, columns: [{ figure: 'us', title: 'µs', digits: 2 }] })
    const perStatement = (way: string): Spread => inNsPerStatement(rounds.difference(way, 'without', 'us'))
    const figures = {
      'ns-per-statement': perStatement('twenty names'),
      'ns-per-statement-five-times': perStatement('four names'),
      'ns-per-statement-n-plus-one': perStatement('N+1 with its place'),
      'us-call-site': rounds.difference('N+1 with its place', 'N+1', 'us'),
      'us-call-site-source-maps': rounds.difference('N+1 with its place, source maps', 'N+1, source maps', 'us'),
    }
    tellSpreads(lab, 'over the request without', figures)
    return mediansOf(figures)
  },
}

const inNsPerStatement = ({ median, q1, q3 }: Spread): Spread => ({
  median: (median * 1_000) / statements,
  q1: (q1 * 1_000) / statements,
  q3: (q3 * 1_000) / statements,
})
/** Of a request, in the worker: to import it from there would be to run it. */
const statements = 20
