import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { type ServiceProcess, startServiceProcess } from '@fastpath/servers'
import type { TestDatabase } from './test-database.js'
import { natsUrlAs } from './test-servers.js'

export interface TestService {
  readonly name: 'user' | 'feed' | 'gateway' | 'mailer'
  readonly database?: TestDatabase
  /** Before every subject: services with the same prefix find each other. */
  readonly natsPrefix: string
  /** By default the run's NATS; by its own user there. */
  readonly natsUrl?: string
  readonly env?: NodeJS.ProcessEnv
  /** Another program in its place; by default its own `main.ts`. */
  readonly entry?: string
}

/** What all user services of this test process sign tokens with, as their `TOKEN_KEYS`. */
export const testTokenKeys = `test:${randomBytes(32).toString('base64')}`

/** Passwords at next to no cost: no test is about the strength of a hash. */
const userSettings = { TOKEN_KEYS: testTokenKeys, ARGON2_MEMORY_KIB: '64', ARGON2_ITERATIONS: '1' }

/** Starts one of the services as it is started in production: its own process, its own role. */
export const startTestService = ({
  name,
  database,
  natsPrefix,
  natsUrl,
  env,
  entry,
}: TestService): Promise<ServiceProcess> =>
  startServiceProcess({
    name,
    entry: entry ?? fileURLToPath(new URL(`../../../apps/${name}/src/main.ts`, import.meta.url)),
    env: {
      PATH: process.env.PATH,
      LOG_LEVEL: 'warn',
      N_PLUS_ONE: 'fail',
      PORT: '0',
      // Every request shows what it costs, but where a test is about the cache.
      CACHE_BYTES: '0',
      RESPONSE_CACHE_BYTES: '0',
      WARM_TIMEOUT_MS: '0',
      // On a busy machine any statement may be slow, and its plan tells nothing.
      EXPLAIN_SLOWER_THAN_MS: '0',
      NATS_URL: natsUrlAs(name, natsUrl),
      NATS_PREFIX: natsPrefix,
      ...(database && name !== 'gateway' && { DATABASE_URL: database.urls[name] }),
      ...(name === 'user' && userSettings),
      ...env,
    },
  })
