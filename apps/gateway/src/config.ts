import {
  choiceSetting,
  integerSetting,
  listSetting,
  optionalSecretSetting,
  readSettings,
  type Setting,
  shareSetting,
  textSetting,
  urlSetting,
} from '@fastpath/runtime'
import proxyAddr from 'proxy-addr'

export const readConfig = (env: NodeJS.ProcessEnv) =>
  readSettings('gateway', env, {
    host: textSetting('HOST', 'an address of this machine', '127.0.0.1'),
    port: integerSetting('PORT', 0, 65_535, 3000),
    natsUrl: urlSetting('NATS_URL', 'nats://host:4222'),
    natsPrefix: textSetting('NATS_PREFIX', 'what stands before every subject', ''),
    requestTimeoutMs: integerSetting('REQUEST_TIMEOUT_MS', 1, 600_000, 5_000),
    serverTiming: choiceSetting('SERVER_TIMING', ['on', 'gated'], env.NODE_ENV === 'production' ? 'gated' : 'on'),
    serverTimingToken: optionalSecretSetting('SERVER_TIMING_TOKEN', 16),
    serverTimingSample: shareSetting('SERVER_TIMING_SAMPLE', 0),
    timingAllowOrigins: originsSetting('TIMING_ALLOW_ORIGIN', []),
    adminPageUrl: urlSetting('ADMIN_PAGE_URL', 'http://host:3001', ''),
    tokenCacheMs: integerSetting('TOKEN_CACHE_MS', 0, 60_000, 5_000),
    fragmentBytes: integerSetting('FRAGMENT_BYTES', 0, 10_000_000_000, 32 * 1024 * 1024),
    corsOrigins: originsSetting('CORS_ORIGINS', ['*']),
    trustedProxies: proxiesSetting('TRUSTED_PROXIES'),
    perMinute: integerSetting('RATE_LIMIT_PER_MINUTE', 0, 10_000_000, 6_000),
    loginAttempts: integerSetting('LOGIN_ATTEMPTS', 0, 1_000_000, 50),
    responseCacheBytes: integerSetting('RESPONSE_CACHE_BYTES', 0, 2 ** 40, 2 ** 26),
    redisUrl: urlSetting('REDIS_URL', 'redis://host:6379', ''),
    cacheBytes: integerSetting('CACHE_BYTES', 0, 2 ** 36, 2 ** 26),
    warmTimeoutMs: integerSetting('WARM_TIMEOUT_MS', 0, 60_000, 3_000),
    warmArticles: listSetting('WARM_ARTICLES', 'slugs with commas between', { fallback: [] }),
  })

/** As browsers send them; `*` stands for all. */
const originsSetting = (variable: string, fallback: readonly string[]): Setting<readonly string[]> =>
  listSetting(variable, '* or origins between commas, as https://app.example.com,http://localhost:5173', {
    fallback,
    accepts: (text) => text === '*' || (/^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text),
  })

const proxiesSetting = (variable: string): Setting<readonly string[]> =>
  listSetting(variable, 'addresses or networks between commas, as 10.0.0.0/8,::1; loopback, linklocal, uniquelocal', {
    fallback: [],
    accepts: isNetwork,
  })

const isNetwork = (text: string): boolean => {
  try {
    proxyAddr.compile(text)
    return true
  } catch {
    return false
  }
}
