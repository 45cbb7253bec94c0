import { fileURLToPath, pathToFileURL } from 'node:url'
import { bundle } from '../bundle.js'
import { startChild } from '../child.js'
import type { Experiment, Lab, Variant } from '../experiment.js'
import type { Used, WorkerArgs } from '../observability/worker.js'
import { interleave, mediansOf } from '../rounds.js'
import { tellRounds, tellSpreads } from '../table.js'

/*
 * What it costs to know where the time goes, as CPU time that a request takes over the same request unobserved. Held
 * equal is all else: Express, the route, its answer. It teaches that the measuring of a service can be left on where it
 * is made of counters and one header, and what a line of log and automatic instrumentation cost beside it.
 */
export const observability: Experiment = {
  name: 'observability',
  summary:
    'CPU a request of Server-Timing, histograms, N+1 detector, a log line, OpenTelemetry, over a plain Express route.',
  heldEqual:
    'an Express app for each way in a process of its own, with one short route and no ETag, asked one request after the other without a network; of a round the lower quartile of batches of 100. ' +
    'Ours tell of two statements a request, which are not sent. The log line is pino’s, to nowhere. ' +
    'OpenTelemetry: instrumentation of HTTP and Express, every request sampled, spans in batches and sent to nobody.',
  teaches:
    'Counters, spans and one header cost some microseconds a request and can stay on. Automatic instrumentation costs many times that. ' +
    'What is below “nothing, again” is noise.',

  async run(lab) {
    const entry = await bundle(lab, fileURLToPath(new URL('../observability/worker.ts', import.meta.url)))
    const variants: Variant[] = []
    for (const way of ['nothing', ...ways.keys()]) variants.push(await startWay(lab, entry, way))
    const rounds = await interleave(
      variants,
      lab.quick ? { rounds: 3, roundMs: 200, warmupMs: 600 } : { rounds: 15, roundMs: 300, warmupMs: 3_000 },
    )
    const columns = [{ figure: 'cpuUs', title: 'CPU µs/request', digits: 1 }]
    tellRounds(lab, 'a plain route', { rounds, columns })
    const over = Object.fromEntries(
      [...ways].map(([way, figure]) => [figure, rounds.difference(way, 'nothing', 'cpuUs')]),
    )
    tellSpreads(lab, 'CPU µs/request over nothing', over)
    return mediansOf(over)
  },
}

/** Each with the name of its figure. */
const ways: ReadonlyMap<string, string> = new Map([
  ['nothing, again', 'nothing-again-us'],
  ['server-timing', 'server-timing-us'],
  ['histograms', 'histograms-us'],
  ['detector', 'detector-us'],
  ['ours', 'ours-us'],
  ['watch', 'watch-us'],
  ['log', 'log-us'],
  ['otel', 'otel-us'],
])

const startWay = async (lab: Lab, entry: string, way: string): Promise<Variant> => {
  const args: WorkerArgs = { way, packages: import.meta.url }
  const { child, started } = await startChild<string>(lab, pathToFileURL(entry), args)
  if (started !== '{"status":"ok","items":[1,2,3]}') throw new Error(`${way} answers something else: ${started}`)
  return {
    name: way,
    async round(ms) {
      const { cpuUs, spansPerRequest } = await child.ask<Used>(ms)
      // Fewer than there were: spans come in batches, and past its queue's bound it drops them.
      if (way === 'otel' && spansPerRequest === 0) throw new Error('OpenTelemetry has seen no request')
      return { cpuUs }
    },
  }
}
