import { userContract } from '@fastpath/contracts'
import { type Bus, connect } from '@fastpath/messaging'
import { createTestDatabase, startTestService, type TestDatabase, testServers, uniquePrefix } from '@fastpath/testing'
import { Call } from '@fastpath/timing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'

const natsPrefix = uniquePrefix()
let database: TestDatabase
let service: Awaited<ReturnType<typeof startTestService>>
let bus: Bus
beforeAll(async () => {
  database = await createTestDatabase()
  service = await startTestService({ name: 'user', database, natsPrefix })
  bus = await connect({ url: testServers().natsUrl, prefix: natsPrefix, name: 'test' })
}, 60_000)
afterAll(async () => {
  await bus?.close()
  await service?.stop()
  await database?.drop()
})
const callBy = (viewerId?: number) =>
  new Call({ timeoutMs: 15_000, viewer: viewerId === undefined ? null : { id: viewerId } })

test('over the wire: an account’s life, with null and absent apart, and errors with their fields', async () => {
  const user = bus.client(userContract)
  const reader = { username: 'reader', email: 'reader@example.com', password: 'correct horse' }
  const { account } = await user.register(callBy(), reader)
  const author = await user.register(callBy(), { ...reader, username: 'author', email: 'author@example.com' })
  const changed = await user.updateAccount(callBy(account.id), { bio: 'reads', image: 'https://example.com/a.png' })
  expect(changed.account).toMatchObject({ bio: 'reads', image: 'https://example.com/a.png' })
  const cleared = await user.updateAccount(callBy(account.id), { image: null })
  expect(cleared.account).toMatchObject({ username: 'reader', bio: 'reads', image: null })

  const { token } = await user.logIn(callBy(), reader)
  const { id, expiresAt } = await user.authenticate(callBy(), { token })
  expect(id).toBe(account.id)
  expect(expiresAt).toBeGreaterThan(Date.now() + 59 * 86_400_000)
  expect(await user.getAccount(callBy(id), {})).toEqual(cleared.account)

  await user.follow(callBy(id), { username: 'author' })
  expect(await user.getFollows(callBy(id), { ids: [id, author.account.id] })).toEqual({ ids: [author.account.id] })
  expect(await user.listFollowed(callBy(id), {})).toEqual({ ids: [author.account.id] })

  await expect(user.logIn(callBy(), { ...reader, password: 'wrong' })).rejects.toMatchObject({
    code: 'UNAUTHENTICATED',
    fields: { credentials: ['invalid'] },
  })
  await expect(user.authenticate(callBy(), { token: `${token}x` })).rejects.toMatchObject({
    code: 'UNAUTHENTICATED',
    fields: { token: ['is invalid'] },
  })
})

test('without a key for tokens the service does not start, and says which setting it misses', async () => {
  const start = startTestService({ name: 'user', database, natsPrefix, env: { TOKEN_KEYS: '' } })
  await expect(start).rejects.toThrow(/TOKEN_KEYS +is empty; takes id:base64/)
}, 60_000)
