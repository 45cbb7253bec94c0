import { randomBytes } from 'node:crypto'
import { createOutbox } from '@fastpath/messaging'
import { createPool, type Pool } from '@fastpath/pooling'
import { createTestDatabase, type TestDatabase } from '@fastpath/testing'
import { Call, createMetrics, formatPrometheus } from '@fastpath/timing'
import { createPasswords, type Passwords, type PasswordsOptions } from '../passwords.js'
import { createTokens } from '../tokens.js'
import { createHandlers } from './index.js'

export interface TestHandlers extends ReturnType<typeof createHandlers> {
  /** Passwords hashed so far. */
  hashes(): number
  /** What caches were told so far, one list a write. */
  readonly invalidated: (readonly string[])[]
}

export interface TestUsers {
  readonly database: TestDatabase
  readonly pool: Pool
  /** Handlers on the one database, with passwords at next to no cost; `faults` take the place of what they do. */
  handlers(options?: Partial<PasswordsOptions>, faults?: Partial<Passwords>): Promise<TestHandlers>
  close(): Promise<void>
}

/** The user service without the network, on a database of its own. */
export const createTestUsers = async (): Promise<TestUsers> => {
  const database = await createTestDatabase()
  const pool = createPool({ url: database.urls.user })
  const tokens = createTokens({ keys: [{ id: 'test', secret: randomBytes(32) }], ttlSeconds: 3_600 })
  return {
    database,
    pool,
    async handlers(options = {}, faults = {}) {
      const metrics = createMetrics()
      const cheap = { memoryKiB: 64, iterations: 1, concurrency: 1, maxWaiting: 100 }
      const passwords = await createPasswords({ ...cheap, metrics, ...options })
      const invalidated: (readonly string[])[] = []
      return {
        ...createHandlers({
          pool,
          outbox: createOutbox({ pool, invalidate: async (tags) => void invalidated.push(tags) }),
          passwords: { ...passwords, ...faults },
          tokens,
        }),
        invalidated,
        hashes: () => Number(/^fastpath_password_hash_seconds_count (\d+)$/m.exec(formatPrometheus(metrics))?.[1] ?? 0),
      }
    },
    async close() {
      await pool.close()
      await database.drop()
    },
  }
}

/** A call by a viewer, or by nobody. */
export const callBy = (viewerId?: number): Call =>
  new Call({ timeoutMs: 10_000, viewer: viewerId === undefined ? null : { id: viewerId } })
