// Not `createRequire` by its name, which `bundle` has given away already.
import modules from 'node:module'
import { devNull } from 'node:os'
import { watchRequests } from '@fastpath/pooling/watch'
import { Call, createJudge, createMetrics, formatServerTiming } from '@fastpath/timing'
import type * as Api from '@opentelemetry/sdk-trace-node'
import type { Express, RequestHandler } from 'express'
import { serveLab } from '../child.js'
import { spreadOf } from '../rounds.js'
import { createAsker } from './ask.js'

// One plain Express route, observed in one way. Packages are loaded as they are installed and not built
// in: OpenTelemetry puts itself between an app and what it loads.
const { packages } = JSON.parse(process.argv[2] ?? '{}') as WorkerArgs
const load = modules.createRequire(packages)
export interface WorkerArgs {
  readonly way: string
  /** A file beside which the packages are installed. */
  readonly packages: string
}

/** Of one request in a round. */
export interface Used {
  readonly cpuUs: number
  readonly spansPerRequest: number
}

const batchSize = 100
const value = { status: 'ok', items: [1, 2, 3] }
const statements = ['article_page', 'profiles_by_ids']

const plain: RequestHandler = (_req, res) => {
  res.setHeader('content-type', 'application/json; charset=utf-8')
  res.end(JSON.stringify(value))
}

interface Ours {
  readonly serverTiming?: boolean
  readonly histograms?: boolean
  readonly detector?: boolean
}

/** As the gateway and its pool do it, for a request with two statements, which are told of and not sent. */
const ours = ({ serverTiming = false, histograms = false, detector = false }: Ours): RequestHandler => {
  const metrics = createMetrics()
  const judge = createJudge({ mode: 'warn', metrics })
  const latency = metrics.histogram('request_seconds', 'Requests', { route: 'plain' })
  const within = metrics.counter('within_total', 'Within the budget', { route: 'plain' })
  const took = statements.map((statement) => metrics.histogram('statement_seconds', 'Statements', { statement }))

  return (_req, res) => {
    const call = new Call({ timeoutMs: 5_000 })
    const { trace } = call
    for (const [i, name] of statements.entries()) {
      const usage = detector ? trace.use('statement', name, [i, 'a-slug']) : undefined
      const startedMs = performance.now()
      if (serverTiming) trace.begin('db')
      if (serverTiming) trace.end('db')
      const tookMs = performance.now() - startedMs
      usage?.end(tookMs, 20)
      if (histograms) took[i]?.record(tookMs)
    }
    if (serverTiming) trace.begin('serialize')
    const text = JSON.stringify(value)
    if (serverTiming) trace.end('serialize')
    if (detector) judge(call, 'plain')
    if (serverTiming) res.setHeader('server-timing', formatServerTiming(trace.entries()))
    res.setHeader('content-type', 'application/json; charset=utf-8')
    res.end(text)
    if (histograms) latency.record(performance.now() - trace.startedMs)
    if (histograms) within.add()
  }
}

const logged = (): RequestHandler => {
  const { pino } = load('pino') as typeof import('pino')
  const log = pino(pino.destination(devNull))
  return (req, res, next) => {
    const startedMs = performance.now()
    plain(req, res, next)
    log.info({ method: req.method, url: req.url, status: res.statusCode, ms: performance.now() - startedMs }, 'request')
  }
}

/** As its guide says: a batch of spans at a time, which end here and are sent to nobody. */
const registerOpenTelemetry = (): RequestHandler => {
  const { BatchSpanProcessor, NodeTracerProvider } = load('@opentelemetry/sdk-trace-node') as typeof Api
  const { registerInstrumentations } = load('@opentelemetry/instrumentation')
  const { HttpInstrumentation } = load('@opentelemetry/instrumentation-http')
  const { ExpressInstrumentation } = load('@opentelemetry/instrumentation-express')
  const exporter: Api.SpanExporter = {
    export(spans, done) {
      ended += spans.length
      done({ code: 0 })
    },
    shutdown: async () => {},
  }
  const spanProcessors = [new BatchSpanProcessor(exporter, { scheduledDelayMillis: 100 })]
  new NodeTracerProvider({ spanProcessors }).register()
  registerInstrumentations({ instrumentations: [new HttpInstrumentation(), new ExpressInstrumentation()] })
  // Both are changed when they are asked for, not when they were imported before.
  load('http')
  return plain
}
let ended = 0

const ways: Readonly<Record<string, () => RequestHandler>> = {
  nothing: () => plain,
  'nothing, again': () => plain,
  'server-timing': () => ours({ serverTiming: true }),
  histograms: () => ours({ histograms: true }),
  detector: () => ours({ detector: true }),
  ours: () => ours({ serverTiming: true, histograms: true, detector: true }),
  watch: () => plain,
  log: logged,
  otel: registerOpenTelemetry,
}

const start = async ({ way }: WorkerArgs) => {
  const handler = ways[way]?.()
  if (!handler) throw new Error(`there is no way "${way}"`)
  const express = load('express') as () => Express
  const app = express()
  app.disable('x-powered-by')
  app.set('etag', false)
  if (way === 'watch') app.use(watchRequests({ mode: 'warn', serverTiming: true }))
  app.get('/plain', handler)
  const ask = createAsker(app)

  /** Of batches of requests the lower quartile: what other programs take from the machine meanwhile is not the way's. */
  const answer = async (ms: number): Promise<Used> => {
    const [endedBefore, startedMs] = [ended, performance.now()]
    const batches: number[] = []
    while (performance.now() - startedMs < ms) {
      const before = process.cpuUsage()
      for (let i = 0; i < batchSize; i++) await ask('/plain')
      const { user, system } = process.cpuUsage(before)
      batches.push((user + system) / batchSize)
      // Timers and the sending of spans have their time too.
      await new Promise(setImmediate)
    }
    return { cpuUs: spreadOf(batches).q1, spansPerRequest: (ended - endedBefore) / (batches.length * batchSize) }
  }
  return { started: await ask('/plain'), answer }
}

await serveLab(start)
