import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { createDataset, demoSize, loadArticles, loadUsers } from '@fastpath/fixtures'
import { type Server, type ServiceProcess, startSmtp } from '@fastpath/servers'
import {
  createConduitClient,
  createTestDatabase,
  registerPerson,
  startTestService,
  type TestDatabase,
  testServers,
  uniquePrefix,
} from '@fastpath/testing'
import { createHistogram } from '@fastpath/timing'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { conduitMix, isAnswered, maxConnections, measureCapacity, startLoad } from './test-load.js'

/** Fewer show the figures; memory settles within the first five. */
const minutes = Number(process.env.SOAK_MINUTES ?? 10)
/** What a process may grow by for each request: less than anything that is kept takes. */
const maxBytesPerRequest = 64

jest.setTimeout(minutes * 60_000 + 240_000)

const names = ['user', 'feed', 'mailer', 'gateway'] as const
const natsPrefix = uniquePrefix()
const demo = createDataset(demoSize)
const services: ServiceProcess[] = []
let database: TestDatabase
let smtp: Server

beforeAll(async () => {
  smtp = await startSmtp()
  database = await createTestDatabase()
  await Promise.all([loadUsers(database.urls.user, demo), loadArticles(database.urls.feed, demo)])
  const env = {
    NODE_ENV: 'production',
    RATE_LIMIT_PER_MINUTE: '0',
    // As in production, but small enough to be full when the measuring begins.
    N_PLUS_ONE: 'count',
    CACHE_BYTES: '4000000',
    FRAGMENT_BYTES: '2000000',
    REDIS_URL: testServers().redisUrl,
    SMTP_URL: smtp.url,
    MAIL_FROM: 'no-reply@fastpath.example',
  }
  for (const name of names) services.push(await startTestService({ name, database, natsPrefix, env }))
})
afterAll(async () => {
  for (const service of services.reverse()) await service.stop()
  await smtp?.stop()
  await database?.drop()
})

interface Sample {
  readonly atMs: number
  readonly bytes: number
  readonly handles: number
}

const hasProc = existsSync('/proc/self/fd')
const name = `${minutes} minutes at half of what the machine carries: memory, handles and p99 stay as they are`

;(hasProc ? test : test.skip)(hasProc ? name : `${name} (skipped: there is no /proc)`, async () => {
  const url = services.at(-1)?.url ?? ''
  const conduit = createConduitClient(() => url)
  const people = await Promise.all(Array.from({ length: 10 }, () => registerPerson(conduit)))
  const slugs = Array.from({ length: 100 }, (_, i) => demo.article(i + 1).slug)
  const request = conduitMix(people, slugs, demo.tags(1))
  // Once to compile, once to count.
  await measureCapacity({ url, request }, 10_000)
  const perSecond = Math.round((await measureCapacity({ url, request }, 10_000)) / 2)

  const ofMinute = Array.from({ length: minutes + 1 }, () => createHistogram())
  const outcomes = new Map<string, number>()
  const samples = new Map(services.map(({ name }) => [name, [] as Sample[]]))
  const startMs = performance.now()
  const load = startLoad({
    url,
    perSecond,
    request,
    onDone(outcome, tookMs) {
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      ofMinute[Math.floor((performance.now() - startMs) / 60_000)]?.record(tookMs)
    },
  })
  while (performance.now() - startMs < minutes * 60_000) {
    await sleep(2_000)
    for (const { name, pid } of services) samples.get(name)?.push(sampleOf(pid))
  }
  await load.end()

  const p99s = ofMinute.slice(0, minutes).map((histogram) => histogram.percentileMs(0.99))
  const found = [...samples].map(([name, all]) => {
    // The second half: by then the windows of the histograms are complete, and the caches full.
    const bytesPerSecond = slopeOf(all.slice(all.length / 2))
    const handles = all.map((sample) => sample.handles)
    return { name, bytesPerSecond, before: median(handles.slice(0, 30)), after: median(handles.slice(-30)) }
  })
  console.log(
    [
      `${load.sent} requests, ${perSecond} a second: ${JSON.stringify(Object.fromEntries(outcomes))}`,
      `p99 by minute: ${p99s.map((ms) => ms.toFixed(1)).join(', ')} ms`,
      ...found.map(({ name, bytesPerSecond, before, after }) => {
        const megabytes = ((samples.get(name)?.at(-1)?.bytes ?? 0) / 1e6).toFixed(0)
        const growth = ((bytesPerSecond * 3_600) / 1e6).toFixed(1)
        return `${name}: ${megabytes} MB, grows by ${growth} MB an hour; ${before} handles, then ${after}`
      }),
    ].join('\n'),
  )
  expect([...outcomes.keys()].filter((outcome) => !isAnswered(outcome))).toEqual([])
  expect(found.filter(({ bytesPerSecond }) => bytesPerSecond / perSecond > maxBytesPerRequest)).toEqual([])
  // A connection more or less is no growth, and how many come to the gateway is the load's affair.
  const spare = (name: string) => (name === 'gateway' ? maxConnections : 5)
  expect(found.filter(({ name, before, after }) => after > before + spare(name))).toEqual([])
  expect(p99s.at(-1)).toBeLessThanOrEqual((p99s[1] as number) * 1.5)
})

const sampleOf = (pid: number): Sample => ({
  atMs: performance.now(),
  bytes: Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024,
  handles: readdirSync(`/proc/${pid}/fd`).length,
})

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number

/** Bytes a second: the median of the slopes between any two samples, which a garbage collection does not move. */
const slopeOf = (samples: readonly Sample[]): number =>
  median(samples.flatMap((a, i) => samples.slice(i + 1).map((b) => ((b.bytes - a.bytes) / (b.atMs - a.atMs)) * 1000)))
