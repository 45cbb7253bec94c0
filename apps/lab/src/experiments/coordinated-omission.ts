import { knownBodyBytes, startKnownServer } from '../coordinated-omission/start-server.js'
import type { Experiment, Variant } from '../experiment.js'
import { startLoadGenerator } from '../load/closed-loop.js'
import { compareOpenLoop, figuresOf } from '../load/compare-open-loop.js'
import { startOpenLoop } from '../load/open-loop.js'
import { untilUnsaturated } from '../load/saturation.js'
import { openLoopColumns, tellComparison, verdictFigure } from '../load/tell-comparison.js'
import { interleave } from '../rounds.js'
import { tellRatios, tellRounds } from '../table.js'

const connections = 4
const ratePerSecond = 500
/** Beside stalls of half a second, 50 ms change nothing that is shown here. */
const maxLagMs = 50

export const coordinatedOmission: Experiment = {
  name: 'coordinated-omission',
  summary: 'A server that stands still for a while now and then, as a closed and as an open loop see it.',
  heldEqual:
    'the same server, which answers after 2 ms and stands still for 0.5 s of every 2.5 s; 4 connections; rounds of 2.5 s in turns (with --quick all of it half as long). ' +
    'The closed loop asks when it has its answer, the open loop 500 times a second, about a third of what the server can answer.',
  teaches:
    'A closed loop stops asking while the server stands still, and so leaves out those who would have waited: its p99 is the one of the good times. ' +
    'Whoever asks at a rate of their own, as users do, waits; only latency from the intended start tells how long. ' +
    'The time from the actual sending hides most of it at a constant rate too.',

  async run(lab) {
    const seconds = lab.quick ? 1.25 : 2.5
    const stall = { ms: seconds * 200, everyMs: seconds * 1000 }
    const stalling = await startKnownServer(lab, { answerMs: 2, stall })
    const steady = await startKnownServer(lab, { answerMs: 2 })
    const load = await startLoadGenerator(lab)
    const meter = await startOpenLoop(lab)

    const closed: Variant = {
      name: 'closed',
      async round(ms) {
        const { p50Ms, p99Ms } = await load.run({ url: stalling, connections, ms, bodyBytes: knownBodyBytes })
        return { p50: p50Ms, p99: p99Ms }
      },
    }
    const open: Variant = {
      name: 'open',
      async round(ms) {
        const run = () => meter.run({ target: stalling, ratePerSecond, seconds: ms / 1000, connections, maxLagMs })
        return figuresOf(await untilUnsaturated(lab, run))
      },
    }
    const rounds = await interleave([closed, open], {
      rounds: lab.quick ? 3 : 9,
      roundMs: seconds * 1000,
      warmupMs: 1_000,
    })
    tellRounds(lab, 'the server that stalls', { rounds, columns: openLoopColumns })
    const ratios = {
      'open-to-closed-p99': rounds.ratio('open', 'closed', 'p99'),
      'open-to-closed-p50': rounds.ratio('open', 'closed', 'p50'),
    }
    tellRatios(lab, ratios)

    const compare = async (title: string, b: { name: string; target: string }) => {
      const a = { name: 'steady', target: steady }
      const compared = await compareOpenLoop(lab, {
        a,
        b,
        ratePerSecond,
        seconds,
        rounds: lab.quick ? 6 : 9,
        connections,
        maxLagMs,
        meter,
      })
      tellComparison(lab, title, compared)
      return compared.verdicts
    }
    const stalls = await compare('with and without stalls', { name: 'stalling', target: stalling })
    const same = await compare('A/A: the same server as its own rival', { name: 'itself', target: steady })
    lab.say(`\nA/A: p50 ${same.p50?.verdict}, p95 ${same.p95?.verdict}, p99 ${same.p99?.verdict}`)

    return {
      'closed-p99-ms': rounds.spread('closed', 'p99').median,
      'open-p99-ms': rounds.spread('open', 'p99').median,
      'service-p99-ms': rounds.spread('open', 'service p99').median,
      'open-to-closed-p99': ratios['open-to-closed-p99'].median,
      'open-to-closed-p50': ratios['open-to-closed-p50'].median,
      'stalls-verdict-p99': verdictFigure[stalls.p99?.verdict ?? 'unsure'],
      'aa-verdict-p99': verdictFigure[same.p99?.verdict ?? 'unsure'],
    }
  },
}
