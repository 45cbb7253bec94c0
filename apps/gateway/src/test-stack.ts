import type { Caches } from '@fastpath/caching'
import { connect } from '@fastpath/messaging'
import type { ServiceProcess } from '@fastpath/servers'
import {
  createTestDatabase,
  natsUrlAs,
  startTestService,
  type TestDatabase,
  testServers,
  uniquePrefix,
  until,
} from '@fastpath/testing'
import { type Call, createMetrics, type JudgeMode, type Log, type Metrics } from '@fastpath/timing'
import { createApp } from './app.js'
import { openCachedClients } from './caches/open-cached-clients.js'
import { type Clients, createClients } from './clients.js'
import { readConfig } from './config.js'
import { createLoginLimit } from './limits/login-limit.js'
import { openResponseCache } from './response-cache/open-response-cache.js'
import type { ResponseCache } from './response-cache/response-cache.js'
import { startServer } from './server.js'
import { createTimingGate } from './timing-gate.js'

export interface TestStackOptions {
  /** Fills the database before the services start. */
  readonly fill?: (database: TestDatabase) => Promise<void>
  /** By default the run's. */
  readonly natsUrl?: string
  readonly postgresUrl?: string
  /** For the services. */
  readonly env?: NodeJS.ProcessEnv
  /** Another program in the place of the user service. */
  readonly userEntry?: string
}

export interface TestGatewayOptions {
  /** By default any N+1 fails the request. */
  readonly nPlusOne?: JudgeMode
  /** By default silent but for errors. */
  readonly log?: Log
  /** Its settings; without `CACHE_BYTES` and `RESPONSE_CACHE_BYTES` it keeps nothing, so that every request shows what it costs. */
  readonly env?: NodeJS.ProcessEnv
  /** Its own way to NATS; by default the gateways share one connection. */
  readonly natsUrl?: string
  /** Other clients in the place of its own. */
  readonly clients?: (clients: Clients) => Clients
}

export interface TestGateway {
  readonly url: string
  /** The call behind each answer so far, oldest first. */
  readonly calls: { readonly routeId: string; readonly call: Call }[]
  readonly metrics: Metrics
  /** With `RESPONSE_CACHE_BYTES` above 0. */
  readonly responses: ResponseCache | undefined
  readonly caches: Caches
}

export interface TestStack extends TestGateway {
  readonly database: TestDatabase
  readonly natsPrefix: string
  /** One more gateway, in this process too. */
  startGateway(options: TestGatewayOptions): Promise<TestGateway>
  /** One more instance of a service. */
  startService(name: 'user' | 'feed' | 'gateway'): Promise<ServiceProcess>
  readonly user: ServiceProcess
  readonly feed: ServiceProcess
  close(): Promise<void>
}

/** The gateway in this process, so that its traces can be looked at; the services in their own, on real servers. */
export const startTestStack = async ({
  fill,
  natsUrl = testServers().natsUrl,
  postgresUrl = testServers().postgresUrl,
  env = {},
  userEntry,
}: TestStackOptions = {}): Promise<TestStack> => {
  const closing: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const closeOne of closing.reverse()) await closeOne()
  }
  try {
    const database = await createTestDatabase({ postgresUrl })
    closing.push(database.drop)
    await fill?.(database)
    const natsPrefix = uniquePrefix()
    const startService = async (name: 'user' | 'feed' | 'gateway') => {
      const entry = name === 'user' && userEntry ? { entry: userEntry } : {}
      const service = await startTestService({ name, database, natsPrefix, natsUrl, env, ...entry })
      closing.push(service.stop)
      return service
    }
    const [user, feed] = await Promise.all([startService('user'), startService('feed')])
    const bus = await connect({ url: natsUrlAs('gateway', natsUrl), name: 'gateway', prefix: natsPrefix })
    closing.push(bus.close)
    const startGateway = async ({
      nPlusOne = 'fail',
      log = quiet,
      clients = (own) => own,
      env: settings = {},
      natsUrl: ownNatsUrl,
    }: TestGatewayOptions): Promise<TestGateway> => {
      const config = readConfig({
        NATS_URL: natsUrl,
        PORT: '0',
        RATE_LIMIT_PER_MINUTE: '0',
        CACHE_BYTES: '0',
        RESPONSE_CACHE_BYTES: '0',
        ...settings,
      })
      const login = createLoginLimit({ attempts: config.loginAttempts, redisUrl: config.redisUrl || undefined, log })
      closing.push(async () => login.close())
      const calls: TestGateway['calls'] = []
      const metrics = createMetrics()
      const onAnswer = (routeId: string, call: Call) => calls.push({ routeId, call })
      const gatewayBus = ownNatsUrl
        ? await connect({ url: natsUrlAs('gateway', ownNatsUrl), name: 'gateway', prefix: natsPrefix })
        : bus
      if (ownNatsUrl) closing.push(gatewayBus.close)
      const own = clients(createClients(gatewayBus))
      const cached = openCachedClients(own, { ...config, natsPrefix, bus: gatewayBus, metrics, log })
      closing.push(cached.close)
      await cached.warm()
      const responses = openResponseCache({ ...config, caches: cached.caches, metrics, log })
      const options = { ...config, loginLimit: login.limit, metrics, log, nPlusOne, onAnswer, responses }
      const app = createApp(cached.clients, options)
      const server = await startServer(app, { ...config, timingGate: createTimingGate(config), responses, log })
      closing.push(server.close)
      // Until then nothing is kept for longer than a moment.
      await until('it hears of invalidations', cached.informed)
      return { url: server.url, calls, metrics, caches: cached.caches, responses }
    }
    return { ...(await startGateway({})), database, natsPrefix, startGateway, startService, user, feed, close }
  } catch (error) {
    await close()
    throw error
  }
}

const quiet: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: console.error }
