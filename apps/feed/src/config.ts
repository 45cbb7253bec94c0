import { choiceSetting, integerSetting, readSettings, textSetting, urlSetting } from '@fastpath/runtime'

export const readConfig = (env: NodeJS.ProcessEnv) =>
  readSettings('feed', env, {
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
  })
