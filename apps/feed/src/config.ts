import { integerSetting, readSettings, textSetting, urlSetting } from '@fastpath/runtime'

export const readConfig = (env: NodeJS.ProcessEnv) =>
  readSettings('feed', env, {
    databaseUrl: urlSetting('DATABASE_URL', 'postgres://user:password@host:5432/database'),
    natsUrl: urlSetting('NATS_URL', 'nats://host:4222'),
    natsPrefix: textSetting('NATS_PREFIX', 'what stands before every subject', ''),
    poolMax: integerSetting('POOL_MAX', 1, 100, 4),
    maxInFlight: integerSetting('MAX_IN_FLIGHT', 1, 100_000, 256),
  })
