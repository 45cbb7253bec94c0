import { administer, createConduitClient, registerPerson, until } from '@fastpath/testing'
import { parseServerTiming } from '@fastpath/timing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startTestStack, type TestGateway, type TestStack } from './test-stack.js'

const tokenCacheMs = 1_500

let stack: TestStack
let gateway: TestGateway
beforeAll(async () => {
  stack = await startTestStack()
  gateway = await stack.startGateway({ env: { TOKEN_CACHE_MS: `${tokenCacheMs}` } })
})
afterAll(() => stack?.close())
const client = createConduitClient(() => gateway.url)
const statusWith = async (token: string) => (await client.get('/api/articles', { token })).status
const operationsSince = (from: number) =>
  gateway.calls.slice(from).map(({ call }) => call.trace.counts('operation')['user.authenticate'] ?? 0)

/** How long after a change a token is good for, in milliseconds, on a gateway that has just verified it. */
const outlives = async (token: string, change: () => Promise<unknown>) => {
  await until('the token is verified anew', async () => {
    const from = gateway.calls.length
    await statusWith(token)
    return operationsSince(from)[0] === 1
  })
  await change()
  const changedMs = performance.now()
  await until('the token has ended', async () => (await statusWith(token)) === 401, 10_000)
  return performance.now() - changedMs
}
// One look may have come just before its end, and the machine may be busy.
const soon = tokenCacheMs + 1_000

test('a new password ends the old token within TOKEN_CACHE_MS; the new one is good', async () => {
  const person = await registerPerson(client)
  let fresh = ''
  const changed = await outlives(person.token, async () => {
    const json = { user: { password: 'battery staple' } }
    fresh = (await client.put('/api/user', { token: person.token, json })).body.user.token
  })
  expect(changed).toBeLessThan(soon)
  expect(await statusWith(fresh)).toBe(200)
  expect((await client.get('/api/articles', { token: person.token })).body).toEqual({
    errors: { token: ['is invalid'] },
  })
}, 20_000)

test('so does the end of the account', async () => {
  const { token, username } = await registerPerson(client)
  const remove = () =>
    administer(stack.database.urls.user, (sql) => sql`delete from account where username = ${username}`)
  expect(await outlives(token, remove)).toBeLessThan(soon)
}, 20_000)

test('many requests with one token ask about it once; a bad one is refused each time', async () => {
  const { token } = await registerPerson(client)
  const from = gateway.calls.length
  expect(await Promise.all(Array.from({ length: 20 }, () => statusWith(token)))).toEqual(Array(20).fill(200))
  expect(operationsSince(from).reduce((sum, count) => sum + count)).toBe(1)
  expect(await Promise.all(Array.from({ length: 5 }, () => statusWith('a.b.c')))).toEqual(Array(5).fill(401))
})

test('with TOKEN_CACHE_MS=0 every request asks', async () => {
  const uncached = await stack.startGateway({ env: { TOKEN_CACHE_MS: '0' } })
  const { get } = createConduitClient(() => uncached.url)
  const { token } = await registerPerson(client)
  await Promise.all([1, 2, 3].map(() => get('/api/articles', { token })))
  const asked = uncached.calls.map(({ call }) => call.trace.counts('operation')['user.authenticate'])
  expect(asked).toEqual([1, 1, 1])
})

test('log-in and registration tell no more than their total, whatever comes of them; others tell all', async () => {
  const person = await registerPerson(client)
  const { email, password } = person
  const user = { username: `${person.username}-2`, email: `2-${email}`, password }
  const asked = [
    ['/api/users/login', 200, { user: { email, password } }],
    ['/api/users/login', 401, { user: { email, password: 'wrong horse' } }],
    ['/api/users/login', 401, { user: { email: 'nobody@example.com', password } }],
    ['/api/users/login', 422, { user: { email } }],
    ['/api/users', 201, { user }],
    ['/api/users', 409, { user: { ...user, email } }],
    ['/api/users', 422, { user: {} }],
  ] as const
  for (const [path, status, json] of asked) {
    const answer = await client.post(path, { json })
    expect(answer.status).toBe(status)
    const entries = parseServerTiming(answer.headers.get('server-timing') ?? '')
    expect(entries.map(({ name }) => name)).toEqual(['total'])
  }
  const { headers } = await client.get('/api/user', { token: person.token })
  expect(parseServerTiming(headers.get('server-timing') ?? '').map(({ name }) => name)).toContain('user.db')
})
