import type { Dataset } from '@fastpath/fixtures'
import { createHistogram, type Histogram, type LatencyLine } from '@fastpath/timing'
import postgres from 'postgres'
import type { Experiment } from '../experiment.js'
import type { HttpRequest } from '../load/http-request.js'
import { type OpenLoop, startOpenLoop } from '../load/open-loop.js'
import { type Stack, startStack } from '../stack.js'
import { tellTable } from '../table.js'

const ratePerSecond = 40
const slowMs = 40
const slowEvery = 20
const percentiles = [
  ['p50', 0.5, 'p50Ms'],
  ['p99', 0.99, 'p99Ms'],
] as const

export const latencyPage: Experiment = {
  name: 'latency-page',
  summary:
    'The percentiles of GET /latency over two gateways beside those of the meter, with 40 ms more in one of 20 requests.',
  heldEqual:
    'the same requests of profiles, 20 a second to each of two gateways: the page counts those of both, and so does the meter, each from the first to the last.',
  teaches:
    'Histograms of several processes can be added and give the percentiles of all; percentiles can’t. What a service says of itself is what its callers see, ' +
    'less what only they see: the way there and back, and the wait for their own turn.',

  async run(lab) {
    const stack = await startStack(lab, {
      articles: 100,
      users: 100,
      services: ['user', 'feed', 'gateway', 'gateway'],
    })
    await plantSleep(stack)
    const meters = await Promise.all(stack.gateways.map(() => startOpenLoop(lab)))
    const seconds = lab.quick ? 10 : 60
    const services = await Promise.all(
      stack.gateways.map(({ url }, i) => ask(meters[i] as OpenLoop, { url, dataset: stack.dataset, seconds })),
    )
    const meter = createHistogram()
    for (const service of services) meter.add(service.buckets())
    const page = await readPage(stack)
    const { count } = meter.buckets()
    if (page.count !== count) throw new Error(`the page counts ${page.count} requests, the meter ${count}`)

    const compared = percentiles.map(([name, q, onPage]) => [name, page[onPage], meter.percentileMs(q)] as const)
    tellTable(lab, [
      [`${count} profiles`, 'page ms', 'meter ms', 'difference'],
      ...compared.map(([name, ...told]) => [name, ...told.map((ms) => ms.toFixed(2)), (told[1] - told[0]).toFixed(2)]),
    ])
    return Object.fromEntries(
      compared.flatMap(([name, told, seen]) => [
        [`page-${name}-ms`, told],
        [`meter-${name}-ms`, seen],
      ]),
    )
  },
}

/** The statement that finds a profile sleeps for one of the users. */
const plantSleep = async ({ adminUrl, databaseUrls, dataset }: Stack): Promise<void> => {
  const sql = postgres(adminUrl, { max: 1 })
  try {
    await sql`alter table "user".account rename to account_table`
    await sql.unsafe(`create view "user".account as
      select id, username, email, version, image,
        case when username = '${dataset.user(1).username}' then (select bio from pg_sleep(${slowMs / 1000})) else bio end as bio
      from "user".account_table`)
    await sql`alter view "user".account owner to ${sql(new URL(databaseUrls.user).username)}`
  } finally {
    await sql.end()
  }
}

interface Asked {
  readonly url: string
  readonly dataset: Dataset
  readonly seconds: number
}

const ask = async (meter: OpenLoop, { url, dataset, seconds }: Asked): Promise<Histogram> => {
  const target = (index: number): HttpRequest => {
    const user = index % slowEvery === 0 ? 1 : 2 + (index % 90)
    return { url: `${url}/api/profiles/${dataset.user(user).username}` }
  }
  // Late or not: it is the service time that is compared.
  const report = await meter.run({ target, ratePerSecond: ratePerSecond / 2, seconds, maxLagMs: 1_000 })
  const { service, failures, failed, dropped } = report
  if (failed + dropped > 0) throw new Error(`profiles were not answered: ${JSON.stringify({ ...failures, dropped })}`)
  return service
}

/** On a busy machine a process may tell its figures too late for one page; it is there on the next. */
const readPage = async ({ gateways }: Stack): Promise<LatencyLine['windows']['start']> => {
  for (let attempt = 1; ; attempt++) {
    const { processes, series } = (await (await fetch(`${gateways[0]?.adminUrl}/latency.json`)).json()) as Page
    const line = series.find(({ metric, name }) => metric === 'fastpath_request_seconds' && name === route)
    if (line && processes.gateway === gateways.length) return line.windows.start
    if (attempt === 20)
      throw new Error(`the page is of ${processes.gateway} gateways; ${route}: ${line?.windows.start.count}`)
  }
}

const route = 'GetProfileByUsername'

interface Page {
  readonly processes: Readonly<Record<string, number>>
  readonly series: readonly LatencyLine[]
}
