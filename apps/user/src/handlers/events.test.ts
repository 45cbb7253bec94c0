import { emittedEvents } from '@fastpath/testing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { callBy, createTestUsers, type TestHandlers, type TestUsers } from './test-handlers.js'

let users: TestUsers
let handlers: TestHandlers
beforeAll(async () => {
  users = await createTestUsers()
  handlers = await users.handlers()
})
afterAll(() => users?.close())

const person = (username: string) => ({ username, email: `${username}@example.com`, password: 'correct horse' })

test('what changes is told with it; what changes nothing, or is refused, is not', async () => {
  const first = (await handlers.register(callBy(), person('first'))).account
  const second = (await handlers.register(callBy(), person('second'))).account
  await expect(handlers.register(callBy(), person('first'))).rejects.toMatchObject({ code: 'CONFLICT' })
  await handlers.updateAccount(callBy(first.id), { bio: 'writes' })
  await expect(handlers.updateAccount(callBy(first.id), { username: 'second' })).rejects.toMatchObject({
    code: 'CONFLICT',
  })
  for (let i = 0; i < 2; i++) await handlers.follow(callBy(first.id), { username: 'second' })
  await expect(handlers.follow(callBy(first.id), { username: 'first' })).rejects.toMatchObject({ code: 'INVALID' })
  for (let i = 0; i < 2; i++) await handlers.unfollow(callBy(first.id), { username: 'second' })

  const pair = { followerId: first.id, followeeId: second.id }
  const follow = `follow:${first.id}:${second.id}`
  const emitted = await emittedEvents(users.database.urls.user)
  expect(emitted).toMatchObject([
    { name: 'user.registered', aggregate: `user:${first.id}`, version: 1, data: { userId: first.id, version: 1 } },
    { name: 'user.registered', aggregate: `user:${second.id}`, version: 1, data: { userId: second.id, version: 1 } },
    { name: 'user.updated', aggregate: `user:${first.id}`, version: 2, data: { userId: first.id, version: 2 } },
    { name: 'user.followed', aggregate: follow, data: pair },
    { name: 'user.unfollowed', aggregate: follow, data: pair },
  ])
  expect(emitted).toHaveLength(5)
  const [followed, unfollowed] = emitted.slice(3)
  expect(unfollowed?.version).toBeGreaterThan(followed?.version ?? Number.POSITIVE_INFINITY)
})
