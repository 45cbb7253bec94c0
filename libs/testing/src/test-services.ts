import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle, type ServiceProcess, startServiceProcess } from '@fastpath/servers'
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
  /** Another program in its place; by default what this run has built of its `main.ts`. */
  readonly entry?: string
}

/** The variable under which the set-up of a run hands the services that it built to the tests. */
const builtVariable = 'FASTPATH_TEST_BUILT'

/** Builds the services once for all tests of a run. What was built goes with this process, also where the set-up fails. */
export const buildTestServices = async (): Promise<void> => {
  const built = await mkdtemp(join(tmpdir(), 'fastpath-test-'))
  process.once('exit', () => rmSync(built, { recursive: true, force: true }))
  process.env[builtVariable] = built
  const entry = (name: string) => fileURLToPath(new URL(`../../../apps/${name}/src/main.ts`, import.meta.url))
  const names: TestService['name'][] = ['user', 'feed', 'gateway', 'mailer']
  await Promise.all(names.map((name) => bundle(entry(name), { folder: join(built, name), sourcemap: true })))
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
    entry: entry ?? join(process.env[builtVariable] ?? '', name, 'dist/main.mjs'),
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
