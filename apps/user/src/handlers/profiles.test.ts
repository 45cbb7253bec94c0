import { createDataset, loadUsers } from '@fastpath/fixtures'
import { createPool, type Pool } from '@fastpath/pooling'
import { createTestDatabase, type TestDatabase } from '@fastpath/testing'
import { Call } from '@fastpath/timing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createHandlers } from './index.js'

const data = createDataset({ users: 10, articles: 1, tagsPerArticle: 0, favorites: 0, comments: 0, follows: 5 })
let database: TestDatabase
let pool: Pool
beforeAll(async () => {
  database = await createTestDatabase()
  await loadUsers(database.urls.user, data)
  pool = createPool({ url: database.urls.user })
})
afterAll(async () => {
  await pool?.close()
  await database?.drop()
})
const call = () => new Call({ timeoutMs: 5_000 })

test('a batch takes one statement, leaves out ids that nobody has, and none at all for an empty one', async () => {
  const handlers = createHandlers({ pool })
  const asking = call()
  const { profiles } = await handlers.getProfiles(asking, { ids: [3, 999, 7, 3] })
  expect(profiles.map(({ username }) => username).sort()).toEqual([data.user(3).username, data.user(7).username].sort())
  expect(await handlers.getProfiles(asking, { ids: [] })).toEqual({ profiles: [] })
  expect(asking.trace.countOf('statement')).toBe(1)
})

test('names are found in any case, unknown ones left out', async () => {
  const { username } = data.user(4)
  const { users } = await createHandlers({ pool }).findUsers(call(), { usernames: [username.toUpperCase(), 'nobody'] })
  expect(users).toEqual([{ id: 4, username }])
})

test('an unknown profile is NOT_FOUND, by the name of the field', async () => {
  await expect(createHandlers({ pool }).getProfile(call(), { username: 'nobody' })).rejects.toMatchObject({
    code: 'NOT_FOUND',
    fields: { profile: ['not found'] },
  })
})
