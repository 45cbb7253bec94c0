import { inspect } from 'node:util'
import { ServiceError } from '@fastpath/contracts'
import { createDataset, demoPassword, loadUsers } from '@fastpath/fixtures'
import { administer } from '@fastpath/testing'
import { Call } from '@fastpath/timing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { callBy, createTestUsers, type TestHandlers, type TestUsers } from './test-handlers.js'

const data = createDataset({ users: 4, articles: 1, tagsPerArticle: 0, favorites: 0, comments: 0, follows: 4 })
let users: TestUsers
let handlers: TestHandlers
beforeAll(async () => {
  users = await createTestUsers()
  await loadUsers(users.database.urls.user, data)
  handlers = await users.handlers()
  await handlers.register(callBy(), reader)
})
afterAll(() => users?.close())

const reader = { username: 'reader', email: 'reader@example.com', password: 'correct horse' }
const { email, password } = reader
const hashOf = async (of: string): Promise<string> => {
  const [row] = await administer(
    users.database.urls.user,
    (sql) => sql`select password_hash as hash from account where email = ${of}`,
  )
  return row?.hash
}

test('unknown email, wrong password and an account without one: the same answer, after one statement and one hash', async () => {
  await administer(users.database.urls.user, (sql) => sql`update account set password_hash = null where id = 4`)
  const wrong = [
    { email: 'nobody@example.com', password },
    { email, password: 'wrong horse' },
    { email: data.user(4).email, password: demoPassword },
    // Nobody's hash is of random bytes; an empty password must not be it.
    { email: 'nobody@example.com', password: '' },
  ]
  for (const input of wrong) {
    const hashes = handlers.hashes()
    const call = callBy()
    await expect(handlers.logIn(call, input)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      message: 'unknown email or wrong password',
      fields: { credentials: ['invalid'] },
    })
    expect(handlers.hashes()).toBe(hashes + 1)
    expect(call.trace.countOf('statement')).toBe(1)
  }
})

test('a log-in renews a hash of another cost, once, and it is still of the same password', async () => {
  const before = await hashOf(email)
  expect(before).toContain('$argon2id$v=19$m=64,t=1,p=1$')
  const dearer = await users.handlers({ memoryKiB: 128, iterations: 2 })
  await dearer.logIn(callBy(), { email, password })
  const renewed = await hashOf(email)
  expect(renewed).toContain('$argon2id$v=19$m=128,t=2,p=1$')
  expect(dearer.hashes()).toBe(2)
  await dearer.logIn(callBy(), { email, password })
  expect([dearer.hashes(), await hashOf(email)]).toEqual([3, renewed])
  await expect(dearer.logIn(callBy(), { email, password: 'wrong' })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
})

test('everybody of the fixtures logs in with the demo’s password', async () => {
  const { account } = await handlers.logIn(callBy(), { email: data.user(2).email, password: demoPassword })
  expect(account).toEqual({ ...data.user(2), version: 1 })
})

test('what can not be hashed in time is refused at once, what can is served', async () => {
  // A hash takes some milliseconds here, so that the others are still waiting when the last one comes.
  const busy = await users.handlers({ memoryKiB: 8_192, iterations: 2, maxWaiting: 5 })
  const outcomes = await Promise.allSettled(
    Array.from({ length: 40 }, (_, i) => busy.logIn(callBy(), { email: `nobody${i}@example.com`, password })),
  )
  const codes = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'ok'))
  const served = codes.filter((code) => code === 'UNAUTHENTICATED').length
  expect(codes.filter((code) => code === 'OVERLOADED')).toHaveLength(40 - served)
  expect(served).toBeGreaterThanOrEqual(6)
  expect(served).toBeLessThan(40)
  expect(busy.hashes()).toBe(served)

  const first = busy.logIn(callBy(), { email, password })
  const hurried = busy.logIn(new Call({ timeoutMs: 1 }), { email: 'nobody@example.com', password })
  await expect(hurried).rejects.toMatchObject({ code: expect.stringMatching(/^(OVERLOADED|DEADLINE_EXCEEDED)$/) })
  expect((await first).account.email).toBe(email)
})

/** With no room for a second hash: what the first log-in after a new cost meets under load. */
const withoutTimeToRehash = () =>
  users.handlers({ iterations: 3 }, { hash: () => Promise.reject(new ServiceError('OVERLOADED', 'no room')) })

test('a log-in for whose new hash there is no time is a log-in all the same', async () => {
  const before = await hashOf(email)
  const { account } = await (await withoutTimeToRehash()).logIn(callBy(), { email, password })
  expect(account.email).toBe(email)
  expect(await hashOf(email)).toBe(before)
})

test('neither log lines nor errors hold a password, a token or a hash', async () => {
  const said: unknown[] = []
  const note = (...line: unknown[]) => said.push(line)
  const log = { debug: note, info: note, warn: note, error: note }
  const calling = (id?: number) => new Call({ timeoutMs: 10_000, viewer: id === undefined ? null : { id }, log })
  const fails = async (work: Promise<unknown> | unknown) =>
    said.push(await Promise.resolve(work).catch((error) => error))

  const quiet = { username: 'quiet', email: 'quiet@example.com', password: 'quiet horse' }
  const { account, token } = await handlers.register(calling(), quiet)
  const hashed = await hashOf(quiet.email)
  await fails(handlers.register(calling(), quiet))
  await fails(handlers.updateAccount(calling(account.id), { username: 'reader', password: quiet.password }))
  await fails(handlers.logIn(calling(), { ...quiet, email: 'nobody@example.com' }))
  await fails(handlers.authenticate(calling(), { token: `${token}x` }))
  await (await withoutTimeToRehash()).logIn(calling(), quiet)

  expect(said.filter((one) => one instanceof ServiceError)).toHaveLength(4)
  expect(said).toHaveLength(5)
  const text = inspect(said, { depth: 20, showHidden: true, maxStringLength: null })
  for (const secret of [quiet.password, token, token.split('.')[2], hashed]) expect(text).not.toContain(secret)
})
