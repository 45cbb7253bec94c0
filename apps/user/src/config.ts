import { availableParallelism } from 'node:os'
import { choiceSetting, integerSetting, readSettings, textSetting, urlSetting } from '@fastpath/runtime'
import { tokenKeysSetting } from './token-keys.js'

export const readConfig = (env: NodeJS.ProcessEnv) =>
  readSettings('user', env, {
    databaseUrl: urlSetting('DATABASE_URL', 'postgres://user:password@host:5432/database'),
    // For the relay, whose lock lasts as long as its session: past a pooler, which keeps none. Without it DATABASE_URL.
    directDatabaseUrl: urlSetting('DIRECT_DATABASE_URL', 'postgres://user:password@host:5432/database', ''),
    natsUrl: urlSetting('NATS_URL', 'nats://host:4222'),
    natsPrefix: textSetting('NATS_PREFIX', 'what stands before every subject', ''),
    eventReplicas: integerSetting('EVENT_REPLICAS', 1, 5, 1),
    redisUrl: urlSetting('REDIS_URL', 'redis://host:6379', ''),
    // A tool of development: in production nothing is explained unless somebody asks for it.
    explainSlowerThanMs: integerSetting('EXPLAIN_SLOWER_THAN_MS', 0, 60_000, env.NODE_ENV === 'production' ? 0 : 100),
    // Behind PgBouncer before 1.21 nothing can be prepared.
    poolPrepare: choiceSetting('POOL_PREPARE', ['1', '0'], '1'),
    poolMax: integerSetting('POOL_MAX', 1, 100, 4),
    maxInFlight: integerSetting('MAX_IN_FLIGHT', 1, 100_000, 1_024),
    // No default, not even for development: a key that anybody could know signs for anybody.
    tokenKeys: tokenKeysSetting('TOKEN_KEYS'),
    tokenTtlSeconds: integerSetting('TOKEN_TTL_SECONDS', 60, 366 * daySeconds, 60 * daySeconds),
    // The least that OWASP recommends for Argon2id: 19 MiB, two passes, one lane.
    // https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id
    argon2MemoryKiB: integerSetting('ARGON2_MEMORY_KIB', 8, 4_194_304, 19_456),
    argon2Iterations: integerSetting('ARGON2_ITERATIONS', 1, 1_000, 2),
    hashConcurrency: integerSetting('HASH_CONCURRENCY', 1, 64, halfOfTheCores()),
    hashMaxWaiting: integerSetting('HASH_MAX_WAITING', 0, 100_000, 100),
  })

const daySeconds = 86_400

/** At most two, of the four threads that Node does all such work with. */
const halfOfTheCores = (): number => Math.min(2, Math.max(1, Math.floor(availableParallelism() / 2)))
