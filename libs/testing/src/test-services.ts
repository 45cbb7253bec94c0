import { fileURLToPath } from 'node:url'
import { type ServiceProcess, startServiceProcess } from '@fastpath/servers'
import type { TestDatabase } from './test-database.js'
import { testServers } from './test-servers.js'

export interface TestService {
  readonly name: 'user' | 'feed' | 'gateway' | 'mailer'
  readonly database?: TestDatabase
  /** Before every subject: services with the same prefix find each other. */
  readonly natsPrefix: string
  /** By default the run's NATS. */
  readonly natsUrl?: string
  readonly env?: NodeJS.ProcessEnv
}

/** Starts one of the services as it is started in production: its own process, its own role. */
export const startTestService = ({ name, database, natsPrefix, natsUrl, env }: TestService): Promise<ServiceProcess> =>
  startServiceProcess({
    name,
    entry: fileURLToPath(new URL(`../../../apps/${name}/src/main.ts`, import.meta.url)),
    env: {
      PATH: process.env.PATH,
      LOG_LEVEL: 'warn',
      PORT: '0',
      NATS_URL: natsUrl ?? testServers().natsUrl,
      NATS_PREFIX: natsPrefix,
      ...(database && (name === 'user' || name === 'feed') && { DATABASE_URL: database.urls[name] }),
      ...env,
    },
  })
