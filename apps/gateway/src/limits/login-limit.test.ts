import { type Server, startRedis } from '@fastpath/servers'
import { type Answer, createConduitClient, type Person, registerPerson, until } from '@fastpath/testing'
import type { Log } from '@fastpath/timing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startTestStack, type TestStack } from '../test-stack.js'
import { createLoginLimit } from './login-limit.js'

let redis: Server
let stack: TestStack
beforeAll(async () => {
  redis = await startRedis({ external: false })
  stack = await startTestStack()
})
afterAll(async () => {
  await stack?.close()
  await redis?.stop()
})

const warnings: string[] = []
const log: Log = { debug: () => {}, info: () => {}, warn: (_, message) => warnings.push(message), error: console.error }
const attempts = 4
const startGateway = async (redisUrl = redis.url) => {
  const { url } = await stack.startGateway({ env: { LOGIN_ATTEMPTS: `${attempts}`, REDIS_URL: redisUrl }, log })
  return createConduitClient(() => url)
}
type Gateway = Awaited<ReturnType<typeof startGateway>>

const logIn = ({ post }: Gateway, { email, password }: Pick<Person, 'email' | 'password'>): Promise<Answer> =>
  post('/api/users/login', { json: { user: { email, password } }, headers: { origin: 'https://a.example' } })
const somebody = async (gateway: Gateway) => registerPerson(gateway)
const statusesOf = async (gateways: readonly Gateway[], person: Person) => {
  const statuses = []
  for (const gateway of gateways) statuses.push((await logIn(gateway, person)).status)
  return statuses
}
/** Until Redis counts again, each gateway counts for itself alone. */
const isShared = async (first: Gateway, second: Gateway) => {
  const person = await somebody(first)
  return (await statusesOf([first, first, first, first, second], person)).at(-1) === 429
}

test('two gateways count the attempts on one account together, in any case of its email, and no other account’s', async () => {
  const [first, second] = [await startGateway(), await startGateway()]
  await until('both are connected', () => isShared(first, second))
  const person = await somebody(first)
  const wrong = { email: person.email.toUpperCase(), password: 'a wrong guess' }
  expect((await logIn(first, wrong)).status).toBe(401)
  expect(await statusesOf([second, first, second], person)).toEqual([200, 200, 200])
  const refused = await logIn(second, person)
  expect([refused.status, refused.body]).toEqual([429, { errors: { request: ['came too often'] } }])
  const { headers } = refused
  expect(headers.get('ratelimit-policy')).toBe(`"account";q=${attempts};w=900`)
  expect(headers.get('ratelimit')).toBe(`"account";r=0;t=${headers.get('retry-after')}`)
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(800)
  expect(headers.get('access-control-allow-origin')).toBe('*')
  expect((await logIn(first, person)).status).toBe(429)
  expect((await logIn(second, await somebody(first))).status).toBe(200)
}, 30_000)

test('with Redis paused nobody waits for it, each gateway counts for itself, and they share again when it goes on', async () => {
  const [first, second] = [await startGateway(), await startGateway()]
  await until('both are connected', () => isShared(first, second))
  const person = await somebody(first)
  const limit = createLoginLimit({ attempts, redisUrl: redis.url, log })
  const res = { appendHeader: () => {}, setHeader: () => {} } as unknown as Parameters<typeof limit.limit>[0]
  const waitOf = async () => {
    const startedMs = performance.now()
    await limit.limit(res, `${startedMs}@example.com`)
    return performance.now() - startedMs
  }
  expect(await statusesOf([first, first], person)).toEqual([200, 200])
  redis.pause()
  try {
    const waits = []
    for (let i = 0; i < 9; i++) waits.push(await waitOf())
    // The middle one: any of them may meet a pause of the machine.
    expect(waits.sort((a, b) => a - b)[4]).toBeLessThan(60)
    expect(await statusesOf([first, first, first], person)).toEqual([200, 200, 429])
    expect(await statusesOf([second, second, second, second, second], person)).toEqual([200, 200, 200, 200, 429])
  } finally {
    redis.resume()
    limit.close()
  }
  await until('they count together again', () => isShared(first, second), 10_000)
}, 40_000)

test('with Redis killed log-ins go on and are counted by each gateway; after its restart together', async () => {
  const [first, second] = [await startGateway(), await startGateway()]
  await until('both are connected', () => isShared(first, second))
  const person = await somebody(first)
  await logIn(first, person)
  await redis.kill()
  try {
    expect(await statusesOf([first, first, first, first], person)).toEqual([200, 200, 200, 429])
    expect(await statusesOf([second], person)).toEqual([200])
  } finally {
    await redis.restart()
  }
  await until('they count together again', () => isShared(first, second), 10_000)
}, 40_000)

test('a Redis that can not be reached is no failure of the start: it is told once, and log-ins are counted', async () => {
  warnings.length = 0
  const gateway = await startGateway('redis://127.0.0.1:1')
  const person = await somebody(gateway)
  expect(await statusesOf([gateway, gateway, gateway, gateway, gateway], person)).toEqual([200, 200, 200, 200, 429])
  await until('it was told', () => warnings.length > 0)
  expect(warnings).toEqual(['Redis is away: attempts to log in are counted by this process alone'])
})
