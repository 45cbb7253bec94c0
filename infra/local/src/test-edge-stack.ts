import { createDataset, demoSize, loadArticles, loadUsers } from '@fastpath/fixtures'
import { type Server, type ServiceProcess, startNginx } from '@fastpath/servers'
import { createTestDatabase, startTestService, type TestDatabase, uniquePrefix } from '@fastpath/testing'
import { startPooler } from './edge.js'
import { connectToEdge, type EdgeClient } from './test-edge.js'

export interface EdgeStack {
  readonly database: TestDatabase
  readonly pooler: Awaited<ReturnType<typeof startPooler>>
  /** Behind nginx; who restarts one puts the new one in its place. */
  readonly gateways: ServiceProcess[]
  readonly edge: Server
  readonly client: EdgeClient
  /** One more before the same services, with other settings. */
  startGateway(env?: NodeJS.ProcessEnv): Promise<ServiceProcess>
  stop(): Promise<void>
}

/** What is shipped, with the demo's data: nginx, two gateways, the services, PgBouncer, PostgreSQL. */
export const startEdgeStack = async (): Promise<EdgeStack> => {
  const natsPrefix = uniquePrefix()
  const database = await createTestDatabase()
  const demo = createDataset(demoSize)
  await Promise.all([loadUsers(database.urls.user, demo), loadArticles(database.urls.feed, demo)])
  const pooler = await startPooler(database.adminUrl, database.urls)
  const pooled = { ...database, urls: pooler.urls }
  const startGateway = (env?: NodeJS.ProcessEnv) =>
    startTestService({
      name: 'gateway',
      natsPrefix,
      env: { RATE_LIMIT_PER_MINUTE: '0', TRUSTED_PROXIES: '127.0.0.1', ...env },
    })
  const behind: ServiceProcess[] = []
  for (const name of ['user', 'feed'] as const) {
    const env = { POOL_PREPARE: '0', DIRECT_DATABASE_URL: database.urls[name] }
    behind.push(await startTestService({ name, database: pooled, natsPrefix, env }))
  }
  const gateways = [await startGateway(), await startGateway()]
  const edge = await startNginx({ gateways: gateways.map(hostOf) })
  const client = await connectToEdge(edge.url)
  return {
    database,
    pooler,
    gateways,
    edge,
    client,
    startGateway,
    async stop() {
      client.close()
      await edge.stop()
      await Promise.all([...gateways, ...behind].map((service) => service.stop()))
      await pooler.close()
      await database.drop()
    },
  }
}

/** As nginx is told of it. */
export const hostOf = ({ url = '' }: ServiceProcess): string => new URL(url).host
