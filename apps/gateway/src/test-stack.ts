import { connect } from '@fastpath/messaging'
import type { ServiceProcess } from '@fastpath/servers'
import { createTestDatabase, startTestService, type TestDatabase, testServers, uniquePrefix } from '@fastpath/testing'
import { type Call, createMetrics } from '@fastpath/timing'
import { createApp } from './app.js'
import { createClients } from './clients.js'
import { startServer } from './server.js'

export interface TestStackOptions {
  /** Fills the database before the services start. */
  readonly fill?: (database: TestDatabase) => Promise<void>
  /** By default the run's NATS. */
  readonly natsUrl?: string
  /** For the services. */
  readonly env?: NodeJS.ProcessEnv
}

export interface TestStack {
  readonly url: string
  readonly database: TestDatabase
  /** The call behind each answer so far, oldest first. */
  readonly calls: { readonly routeId: string; readonly call: Call }[]
  /** One more instance of a service. */
  startService(name: 'user' | 'feed'): Promise<ServiceProcess>
  readonly user: ServiceProcess
  readonly feed: ServiceProcess
  close(): Promise<void>
}

/** The gateway in this process, so that its traces can be looked at; the services in their own, on real servers. */
export const startTestStack = async ({
  fill,
  natsUrl = testServers().natsUrl,
  env = {},
}: TestStackOptions = {}): Promise<TestStack> => {
  const closing: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const closeOne of closing.reverse()) await closeOne()
  }
  try {
    const database = await createTestDatabase()
    closing.push(database.drop)
    await fill?.(database)
    const natsPrefix = uniquePrefix()
    const startService = async (name: 'user' | 'feed') => {
      const service = await startTestService({ name, database, natsPrefix, natsUrl, env })
      closing.push(service.stop)
      return service
    }
    const [user, feed] = await Promise.all([startService('user'), startService('feed')])
    const bus = await connect({ url: natsUrl, name: 'gateway', prefix: natsPrefix })
    closing.push(bus.close)
    const calls: TestStack['calls'] = []
    const log = { debug: () => {}, info: () => {}, warn: () => {}, error: console.error }
    const onAnswer = (routeId: string, call: Call) => calls.push({ routeId, call })
    const app = createApp(createClients(bus), { metrics: createMetrics(), log, onAnswer })
    const server = await startServer(app, { host: '127.0.0.1', port: 0, requestTimeoutMs: 5_000, log })
    closing.push(server.close)
    return { url: server.url, database, calls, startService, user, feed, close }
  } catch (error) {
    await close()
    throw error
  }
}
