import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { createDataset, type Dataset, type DatasetSize, loadDataset, sizeFor } from '@fastpath/fixtures'
import { createServiceRole, migrate } from '@fastpath/pooling'
import { type ServiceProcess, startNats, startPostgres, startServiceProcess } from '@fastpath/servers'
import { bundle } from './bundle.js'
import type { Lab } from './experiment.js'

export type StackService = 'user' | 'feed' | 'mailer' | 'gateway'

/** Sizes that are left out are in proportion to `articles`: a tenth as many users, five favourites each, and so on. */
export interface StackOptions extends Partial<DatasetSize> {
  readonly articles: number
  readonly services: readonly StackService[]
  /** Settings for all services, such as `POOL_MAX`; a mailer needs its `SMTP_URL` and `MAIL_FROM`. */
  readonly env?: NodeJS.ProcessEnv
}

export interface Stack {
  /** What the database holds, row by row. */
  readonly dataset: Dataset
  /** As a role that may do anything. */
  readonly adminUrl: string
  /** As each service's own role. */
  readonly databaseUrls: Readonly<Record<'user' | 'feed' | 'mailer', string>>
  readonly natsUrl: string
  /** `http://127.0.0.1:port`; empty when no gateway was asked for. */
  readonly gatewayUrl: string
  /** Of each that was asked for; the address of its admin listener beside the public one. */
  readonly gateways: readonly { readonly url: string; readonly adminUrl: string }[]
  /** Of what was started: `postgres`, `nats` and the services. For CPU time, together with their children. */
  readonly pids: Readonly<Partial<Record<'postgres' | 'nats' | StackService, number>>>
  /** One more gateway before the same services, with other settings. */
  startGateway(env: NodeJS.ProcessEnv): Promise<StartedService>
}

export interface StartedService {
  /** Empty where it speaks no HTTP. */
  readonly url: string
  readonly pid: number
  /** Where it is not to run until the end of the experiment. */
  stop(): Promise<void>
}

/**
 * A private database full of fixtures, a private broker, and our services as they are started in production: each its
 * own process, its own role. Everything is owned by the lab and gone when the experiment ends.
 */
export const startStack = async (lab: Lab, { services, env, ...wanted }: StackOptions): Promise<Stack> => {
  const dataset = createDataset({ ...sizeFor(wanted.articles), ...wanted })
  const [postgres, nats] = await Promise.all([startPrivate(lab, startPostgres), startPrivate(lab, startNats)])
  const databaseUrls = await fillDatabase(lab, postgres.url, dataset)

  const start = async (name: StackService, ownEnv?: NodeJS.ProcessEnv): Promise<ServiceProcess> => {
    const service = await startServiceProcess({
      name,
      entry: await bundle(lab, pathOf(`${name}/src/main.ts`)),
      env: {
        PATH: process.env.PATH,
        NODE_ENV: 'production',
        // All load comes from one address.
        RATE_LIMIT_PER_MINUTE: '0',
        LOGIN_ATTEMPTS: '0',
        LOG_LEVEL: 'warn',
        // What is measured is the way of a request, unless an experiment is about a cache.
        CACHE_BYTES: '0',
        RESPONSE_CACHE_BYTES: '0',
        PORT: '0',
        NATS_URL: nats.url,
        ...(name !== 'gateway' && { DATABASE_URL: databaseUrls[name] }),
        ...(name === 'user' && { TOKEN_KEYS: `lab:${randomBytes(32).toString('base64')}` }),
        ...env,
        ...ownEnv,
      },
    })
    lab.own({ close: service.stop })
    return service
  }
  const started = await Promise.all(services.map((name) => start(name)))
  const gateways = started.flatMap(({ url, adminUrl }) => (url ? [{ url, adminUrl }] : []))
  return {
    dataset,
    adminUrl: postgres.url,
    databaseUrls,
    natsUrl: nats.url,
    gatewayUrl: gateways[0]?.url ?? '',
    gateways,
    pids: {
      postgres: postgres.pid ?? 0,
      nats: nats.pid ?? 0,
      ...Object.fromEntries(services.map((name, i) => [name, started[i]?.pid])),
    },
    async startGateway(ownEnv) {
      const { url = '', pid, stop } = await start('gateway', ownEnv)
      return { url, pid, stop }
    },
  }
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
  const prepare = async (schema: 'user' | 'feed' | 'mailer') => {
    const url = await createServiceRole(adminUrl, { schema, password: 'lab' })
    await migrate({ url, directory: pathOf(`${schema}/migrations`) })
    return url
  }
  const [user, feed, mailer] = await Promise.all([prepare('user'), prepare('feed'), prepare('mailer')])
  await loadDataset({ user, feed }, dataset)
  lab.say(`filled in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`)
  return { user, feed, mailer }
}

/** Services are started, never imported: apps don't import apps. */
const pathOf = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))
