import { type Dataset, demoPassword } from '@fastpath/fixtures'
import type { Experiment, Variant } from '../experiment.js'
import { figuresOf } from '../load/compare-open-loop.js'
import type { HttpRequest } from '../load/http-request.js'
import { type OpenLoop, type OpenLoopReport, startOpenLoop } from '../load/open-loop.js'
import { untilUnsaturated } from '../load/saturation.js'
import { interleave } from '../rounds.js'
import { startStack } from '../stack.js'
import { tellRatios, tellRounds } from '../table.js'

const loginsPerSecond = 50
const accounts = 300
const readsPerSecond = 100

export const loginStorm: Experiment = {
  name: 'login-storm',
  summary: 'A list of articles while 300 accounts log in, 50 a second, and while nobody does.',
  heldEqual:
    'the services as they run in production, limits of attempts off; the list is asked for 100 times a second at a constant rate in both; ' +
    'every password is right, every log-in is answered 200, or 503 where its hash can’t be made in its time.',
  teaches:
    'A password’s hash is meant to be slow: 50 a second are a whole core. Hash few at a time, so that a core is left for all else, let only those ' +
    'wait who can be hashed in their time, and refuse the others at once, with 503. Who reads then hardly notices a storm.',

  async run(lab) {
    const { gatewayUrl, dataset } = await startStack(lab, {
      articles: 5_000,
      users: 1_000,
      services: ['user', 'feed', 'gateway'],
    })
    const readers = await startOpenLoop(lab)
    const storm = await startOpenLoop(lab)
    const read = async (ms: number) => {
      const target = `${gatewayUrl}/api/articles`
      return complete(await readers.run({ target, ratePerSecond: readsPerSecond, seconds: ms / 1000, maxLagMs }))
    }

    const idle: Variant = {
      name: 'idle',
      round: (ms) => untilUnsaturated(lab, async () => figuresOf(await read(ms))),
    }
    const stormy: Variant = {
      name: 'storm',
      round: (ms) =>
        untilUnsaturated(lab, async () => {
          const logins = logIn(storm, { url: gatewayUrl, dataset, seconds: (leadMs + ms) / 1000 })
          // Also where the readers' round is void: the next storm begins when this one is over.
          const [reads] = await Promise.allSettled([sleep(leadMs).then(() => read(ms)), logins])
          if (reads.status === 'rejected') throw reads.reason
          return { ...figuresOf(reads.value), ...(await logins) }
        }),
    }
    const rounds = await interleave(
      [idle, stormy],
      lab.quick ? { rounds: 2, roundMs: 2_000, warmupMs: 2_000 } : { rounds: 9, roundMs: 5_000, warmupMs: 5_000 },
    )
    tellRounds(lab, 'GET /api/articles', { rounds, columns: readColumns })
    tellRounds(lab, 'POST /api/users/login', { rounds, columns: loginColumns })
    const toIdle = rounds.ratio('storm', 'idle', 'p99')
    tellRatios(lab, { 'p99-storm-to-idle': toIdle })
    const median = (variant: string, figure: string) => rounds.spread(variant, figure).median
    return {
      'p99-idle-ms': median('idle', 'p99'),
      'p99-storm-ms': median('storm', 'p99'),
      'p99-storm-to-idle': toIdle.median,
      'logins-ok-per-second': median('storm', 'logins ok/s'),
      'logins-refused-per-second': median('storm', 'logins refused/s'),
      'login-p99-ms': median('storm', 'login p99'),
    }
  },
}

/** On two cores a storm delays the generator too. Its lag is part of what is told, and is told beside it. */
const maxLagMs = 50
/** Until the queue of log-ins has its length. */
const leadMs = 2_000
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

interface Storm {
  readonly url: string
  readonly dataset: Dataset
  readonly seconds: number
}

const logIn = async (meter: OpenLoop, { url, dataset, seconds }: Storm): Promise<Record<string, number>> => {
  const target = (index: number): HttpRequest => ({
    url: `${url}/api/users/login`,
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ user: { email: dataset.user(1 + (index % accounts)).email, password: demoPassword } }),
  })
  const report = await meter.run({
    target,
    ratePerSecond: loginsPerSecond,
    seconds,
    // Each of those who wait has one, and a log-in that hangs is seen.
    connections: 300,
    timeoutMs: 10_000,
    // Log-ins a little late are a storm all the same.
    maxLagMs: 1_000,
  })
  const { 'status 503': refused = 0, ...failures } = report.failures
  if (Object.keys(failures).length > 0 || report.dropped > 0)
    throw new Error(
      `log-ins ended otherwise than by 200 or 503: ${JSON.stringify({ ...failures, dropped: report.dropped })}`,
    )
  return {
    'logins ok/s': report.answered / seconds,
    'logins refused/s': refused / seconds,
    'login p50': report.latency.percentileMs(0.5),
    'login p99': report.latency.percentileMs(0.99),
  }
}

/** No reader is to pay for a log-in with an error. */
const complete = (report: OpenLoopReport): OpenLoopReport => {
  const { failed, failures, dropped } = report
  if (failed + dropped > 0) throw new Error(`lists were not answered: ${JSON.stringify({ ...failures, dropped })}`)
  return report
}

const readColumns = [
  { figure: 'p50', title: 'p50 ms', digits: 2 },
  { figure: 'p95', title: 'p95 ms', digits: 2 },
  { figure: 'p99', title: 'p99 ms', digits: 2 },
  { figure: 'lag p99', title: 'lag p99', digits: 2 },
]
const loginColumns = [
  { figure: 'logins ok/s', title: 'ok/s', digits: 1 },
  { figure: 'logins refused/s', title: 'refused/s', digits: 1 },
  { figure: 'login p50', title: 'p50 ms' },
  { figure: 'login p99', title: 'p99 ms' },
]
