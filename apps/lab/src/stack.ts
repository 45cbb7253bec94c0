import { fileURLToPath } from 'node:url'
import { createDataset, type Dataset, type DatasetSize, loadDataset, sizeFor } from '@fastpath/fixtures'
import { createServiceRole, migrate } from '@fastpath/pooling'
import { startNats, startPostgres, startServiceProcess } from '@fastpath/servers'
import { bundle } from './bundle.js'
import type { Lab } from './experiment.js'

export type StackService = 'user' | 'feed' | 'gateway'

/** Sizes that are left out are in proportion to `articles`: a tenth as many users, five favourites each, and so on. */
export interface StackOptions extends Partial<DatasetSize> {
  readonly articles: number
  readonly services: readonly StackService[]
  /** Settings for all services, such as `POOL_MAX`. */
  readonly env?: NodeJS.ProcessEnv
}

export interface Stack {
  /** What the database holds, row by row. */
  readonly dataset: Dataset
  /** As a role that may do anything. */
  readonly adminUrl: string
  /** As each service's own role. */
  readonly databaseUrls: Readonly<Record<'user' | 'feed', string>>
  readonly natsUrl: string
  /** `http://127.0.0.1:port`; empty when no gateway was asked for. */
  readonly gatewayUrl: string
  /** Of what was started: `postgres`, `nats` and the services. For CPU time, together with their children. */
  readonly pids: Readonly<Partial<Record<'postgres' | 'nats' | StackService, number>>>
}

/**
 * A private database full of fixtures, a private broker, and our services as they are started in production: each its
 * own process, its own role. Everything is owned by the lab and gone when the experiment ends.
 */
export const startStack = async (lab: Lab, { services, env, ...wanted }: StackOptions): Promise<Stack> => {
  const dataset = createDataset({ ...sizeFor(wanted.articles), ...wanted })
  const [postgres, nats] = await Promise.all([startPrivate(lab, startPostgres), startPrivate(lab, startNats)])
  const databaseUrls = await fillDatabase(lab, postgres.url, dataset)
  const pids: Record<string, number> = { postgres: postgres.pid ?? 0, nats: nats.pid ?? 0 }

  const start = async (name: StackService): Promise<string> => {
    const service = await startServiceProcess({
      name,
      entry: await bundle(lab, name, pathOf(`${name}/src/main.ts`)),
      env: {
        PATH: process.env.PATH,
        NODE_ENV: 'production',
        LOG_LEVEL: 'warn',
        PORT: '0',
        NATS_URL: nats.url,
        ...(name !== 'gateway' && { DATABASE_URL: databaseUrls[name] }),
        ...env,
      },
    })
    lab.own({ close: service.stop })
    pids[name] = service.pid
    return service.url ?? ''
  }
  const urls = await Promise.all(services.map(start))
  const gatewayUrl = urls.find((url) => url !== '') ?? ''
  return { dataset, adminUrl: postgres.url, databaseUrls, natsUrl: nats.url, gatewayUrl, pids }
}

/** A temporary server of the lab's own, also where the environment names one: nobody else is to be measured or disturbed. */
export const startPrivate = async <S extends { stop(): Promise<void> }>(
  lab: Lab,
  start: (options: { external: false; say: (line: string) => void }) => Promise<S>,
): Promise<S> => {
  const server = await start({ external: false, say: lab.say })
  lab.own({ close: () => server.stop() })
  return server
}

const fillDatabase = async (lab: Lab, adminUrl: string, dataset: Dataset) => {
  const { articles, users, favorites } = dataset.size
  lab.say(`filling a private database: ${articles} articles, ${users} users, ${favorites} favourites`)
  const startedMs = performance.now()
  const prepare = async (schema: 'user' | 'feed') => {
    const url = await createServiceRole(adminUrl, { schema, password: 'lab' })
    await migrate({ url, directory: pathOf(`${schema}/migrations`) })
    return url
  }
  const [user, feed] = await Promise.all([prepare('user'), prepare('feed')])
  await loadDataset({ user, feed }, dataset)
  lab.say(`filled in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`)
  return { user, feed }
}

/** Services are started, never imported: apps don't import apps. */
const pathOf = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))
