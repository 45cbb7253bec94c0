import { randomBytes } from 'node:crypto'

export interface TestServers {
  readonly postgresUrl: string
  readonly natsUrl: string
  readonly redisUrl: string
}

/** The names under which the set-up of a run hands its servers to the tests. */
export const serverVariables = {
  postgresUrl: 'FASTPATH_TEST_POSTGRES_URL',
  natsUrl: 'FASTPATH_TEST_NATS_URL',
  redisUrl: 'FASTPATH_TEST_REDIS_URL',
} as const

/** The servers of this test run. */
export const testServers = (): TestServers => {
  const read = (key: keyof TestServers): string => {
    const url = process.env[serverVariables[key]]
    if (!url)
      throw new Error(
        `${serverVariables[key]} is missing: tests are run by \`npm test\`, whose set-up starts the servers`,
      )
    return url
  }
  return { postgresUrl: read('postgresUrl'), natsUrl: read('natsUrl'), redisUrl: read('redisUrl') }
}

/**
 * The way to a NATS as a service's own user, with its rights on the run's server: one that knows no users takes anybody.
 * A URL that names a user already stays as it is.
 */
export const natsUrlAs = (user: string, natsUrl = testServers().natsUrl): string => {
  const url = new URL(natsUrl)
  if (url.username !== '') return natsUrl
  return `${url.protocol}//${user}:${user}@${url.host}`
}

/** For subjects and keys: files that run at once don't hear each other. */
export const uniquePrefix = (): string => `t${randomBytes(5).toString('hex')}.`
