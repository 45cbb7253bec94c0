import { createDataset, loadUsers } from '@fastpath/fixtures'
import { createTestDatabase, example, guardPlans, statementsIn, type TestDatabase } from '@fastpath/testing'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import {
  accountById,
  accountTakesToken,
  addAccount,
  changeAccount,
  logInByEmail,
  replacePasswordHash,
  takenByOthers,
} from './queries/accounts.js'
import { addFollow, followedAmong, latestFollowed, removeFollow } from './queries/follows.js'
import { contactsByIds, profileByName, profilesByIds, usersByNames } from './queries/profiles.js'

jest.setTimeout(120_000)

const size = { users: 10_000, articles: 1, tagsPerArticle: 0, favorites: 0, comments: 0, follows: 30_000 }
const data = createDataset(size)
const { id, username, email } = data.user(6_000)

// A new statement takes a line here: itself, and parameters such as a request brings.
const examples = [
  example(profileByName, [username]),
  example(profilesByIds, [[id, 1, 500, 9_000]]),
  example(accountById, [id]),
  example(logInByEmail, [email]),
  example(accountTakesToken, [id, 0]),
  example(takenByOthers, [username, email, id]),
  example(addAccount, ['somebody', 'somebody@example.com', 'hash']),
  example(changeAccount, [id, username, null, null, true, 'Writes', false, null]),
  example(replacePasswordHash, [id, 'hash', 'other']),
  example(addFollow, [id, username]),
  example(removeFollow, [id, username]),
  example(followedAmong, [id, [1, 500, 9_000]]),
  example(latestFollowed, [id]),
  example(contactsByIds, [[id, 1, 500]]),
  example(usersByNames, [[username, data.user(7).username]]),
]

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
  await loadUsers(database.urls.user, data)
})
afterAll(() => database?.drop())

test('no statement reads a big table in turn or sorts many rows, and each has its example', async () => {
  const statements = await statementsIn(new URL('./queries/', import.meta.url))
  expect(await guardPlans({ url: database.urls.user, statements, examples })).toBe(statements.length)
})
