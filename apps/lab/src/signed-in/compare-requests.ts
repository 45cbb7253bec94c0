import { demoPassword } from '@fastpath/fixtures'
import { cpuPer } from '../cpu.js'
import type { Lab, Variant } from '../experiment.js'
import { askOnce } from '../load/check-answer.js'
import { type LoadGenerator, type LoadReport, startLoadGenerator } from '../load/closed-loop.js'
import { interleave, type TimeRatio } from '../rounds.js'
import { type Stack, startStack } from '../stack.js'
import { tellRounds } from '../table.js'

/** Whole requests: two gateways before the same services, of which one keeps no fragments. */
export const compareRequests = async (lab: Lab): Promise<Record<string, TimeRatio>> => {
  const stack = await startStack(lab, { articles: 10_000, services: ['user', 'feed', 'gateway'] })
  const whole = await stack.startGateway({ FRAGMENT_BYTES: '0' })
  const load = await startLoadGenerator(lab)
  const headers = { authorization: `Token ${await logIn(stack, 5)}` }
  const gateways = [
    { name: 'whole', ...whole },
    { name: 'fragments', url: stack.gatewayUrl, pid: stack.pids.gateway ?? 0 },
  ]
  const expected = await askOnce(`${whole.url}/api/articles`, headers)
  const variants = gateways.map(({ name, url, pid }) =>
    requestVariant(load, { name, url: `${url}/api/articles`, headers, pid, expected }),
  )
  const rounds = await interleave(
    variants,
    lab.quick ? { rounds: 6, roundMs: 400, warmupMs: 1_000 } : { rounds: 15, roundMs: 2_000, warmupMs: 4_000 },
  )
  tellRounds(lab, 'a page of 20, over HTTP', {
    rounds,
    columns: [
      { figure: 'rps', title: 'requests/s' },
      { figure: 'p50Ms', title: 'p50 ms', digits: 2 },
      { figure: 'p99Ms', title: 'p99 ms', digits: 2 },
      { figure: 'cpuUs', title: "gateway's CPU µs" },
    ],
  })
  const hasCpu = rounds.samples.get('whole')?.every(({ cpuUs }) => cpuUs !== undefined)
  return {
    'request-to-whole': rounds.timeRatio('fragments', 'whole', 'p50Ms'),
    ...(hasCpu && { 'gateway-cpu-to-whole': rounds.timeRatio('fragments', 'whole', 'cpuUs') }),
  }
}

interface Reading {
  readonly name: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly pid: number
  readonly expected: string
}

const requestVariant = (load: LoadGenerator, { name, url, headers, pid, expected }: Reading): Variant => ({
  name,
  async round(ms) {
    if ((await askOnce(url, headers)) !== expected) throw new Error(`${name} answers something else`)
    let report!: LoadReport
    const cpu = await cpuPer([pid], async () => {
      report = await load.run({ url, headers, ms, bodyBytes: Buffer.byteLength(expected) })
      return report.requests
    })
    return { rps: report.rps, p50Ms: report.p50Ms, p99Ms: report.p99Ms, ...cpu }
  },
})

const logIn = async ({ gatewayUrl, dataset }: Stack, id: number): Promise<string> => {
  const response = await fetch(`${gatewayUrl}/api/users/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user: { email: dataset.user(id).email, password: demoPassword } }),
  })
  if (response.status !== 200) throw new Error(`the log-in was answered with ${response.status}`)
  return ((await response.json()) as { user: { token: string } }).user.token
}
