import { integerSetting, readSettings, textSetting, urlSetting } from '@fastpath/runtime'

export const readConfig = (env: NodeJS.ProcessEnv) =>
  readSettings('gateway', env, {
    host: textSetting('HOST', 'an address of this machine', '127.0.0.1'),
    port: integerSetting('PORT', 0, 65_535, 3000),
    natsUrl: urlSetting('NATS_URL', 'nats://host:4222'),
    natsPrefix: textSetting('NATS_PREFIX', 'what stands before every subject', ''),
    requestTimeoutMs: integerSetting('REQUEST_TIMEOUT_MS', 1, 600_000, 5_000),
  })
