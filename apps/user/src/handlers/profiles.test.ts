import { createDataset, loadUsers } from '@fastpath/fixtures'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { callBy, createTestUsers, type TestHandlers, type TestUsers } from './test-handlers.js'

const data = createDataset({ users: 10, articles: 1, tagsPerArticle: 0, favorites: 0, comments: 0, follows: 5 })
let users: TestUsers
let handlers: TestHandlers
beforeAll(async () => {
  users = await createTestUsers()
  await loadUsers(users.database.urls.user, data)
  handlers = await users.handlers()
})
afterAll(() => users?.close())

test('a batch takes one statement, leaves out ids that nobody has, and none at all for an empty one', async () => {
  const asking = callBy()
  const { profiles } = await handlers.getProfiles(asking, { ids: [3, 999, 7, 3] })
  expect(profiles.map(({ username }) => username).sort()).toEqual([data.user(3).username, data.user(7).username].sort())
  expect(await handlers.getProfiles(asking, { ids: [] })).toEqual({ profiles: [] })
  expect(asking.trace.countOf('statement')).toBe(1)
})

test('contacts are names with addresses; ids that nobody has are left out', async () => {
  const asking = callBy()
  const { contacts } = await handlers.getContacts(asking, { ids: [3, 999, 3] })
  const { username, email } = data.user(3)
  expect(contacts).toEqual([{ id: 3, username, email }])
  expect(await handlers.getContacts(asking, { ids: [] })).toEqual({ contacts: [] })
  expect(asking.trace.countOf('statement')).toBe(1)
})

test('names are found in any case, unknown ones left out', async () => {
  const { username } = data.user(4)
  const found = await handlers.findUsers(callBy(), { usernames: [username.toUpperCase(), 'nobody'] })
  expect(found.users).toEqual([{ id: 4, username }])
})

test('an unknown profile is NOT_FOUND, by the name of the field', async () => {
  await expect(handlers.getProfile(callBy(), { username: 'nobody' })).rejects.toMatchObject({
    code: 'NOT_FOUND',
    fields: { profile: ['not found'] },
  })
})
