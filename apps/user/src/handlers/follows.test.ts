import { createDataset, loadUsers } from '@fastpath/fixtures'
import { administer } from '@fastpath/testing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { callBy, createTestUsers, type TestHandlers, type TestUsers } from './test-handlers.js'

const data = createDataset({ users: 12, articles: 1, tagsPerArticle: 0, favorites: 0, comments: 0, follows: 0 })
const nameOf = (id: number) => data.user(id).username
let users: TestUsers
let handlers: TestHandlers
beforeAll(async () => {
  users = await createTestUsers()
  await loadUsers(users.database.urls.user, data)
  handlers = await users.handlers()
})
afterAll(() => users?.close())

test('following and unfollowing twice is following and unfollowing once, by a name in any case', async () => {
  const profile = await handlers.getProfile(callBy(), { username: nameOf(2) })
  for (let i = 0; i < 2; i++) {
    const call = callBy(1)
    expect(await handlers.follow(call, { username: nameOf(2).toUpperCase() })).toEqual(profile)
    // With its event the first time.
    expect(call.trace.countOf('statement')).toBe(i === 0 ? 2 : 1)
    expect(await handlers.listFollowed(callBy(1), {})).toEqual({ ids: [2] })
  }
  for (let i = 0; i < 2; i++) {
    expect(await handlers.unfollow(callBy(1), { username: nameOf(2) })).toEqual(profile)
    expect(await handlers.listFollowed(callBy(1), {})).toEqual({ ids: [] })
  }
})

test('a page’s follows are one statement, of the viewer alone, and none for an empty page', async () => {
  for (const id of [5, 7]) await handlers.follow(callBy(3), { username: nameOf(id) })
  await handlers.follow(callBy(4), { username: nameOf(6) })
  const call = callBy(3)
  const { ids } = await handlers.getFollows(call, { ids: [4, 5, 6, 7, 5, 999] })
  expect([...ids].sort()).toEqual([5, 7])
  expect(await handlers.getFollows(call, { ids: [] })).toEqual({ ids: [] })
  expect(call.trace.countOf('statement')).toBe(1)
})

test('the followed are listed the latest first', async () => {
  const order = [9, 2, 11, 5]
  for (const id of order) {
    await handlers.follow(callBy(8), { username: nameOf(id) })
    // Apart by more than the millisecond that a moment is kept to.
    await administer(
      users.database.urls.user,
      (sql) => sql`update follow set created_at = created_at - interval '1 second' where follower_id = 8`,
    )
  }
  expect(await handlers.listFollowed(callBy(8), {})).toEqual({ ids: order.reverse() })
})

test('at most the latest 10,000 are listed', async () => {
  await administer(users.database.urls.user, async (sql) => {
    await sql`insert into account (id, username, email)
      select id, 'crowd' || id, 'crowd' || id || '@example.com' from generate_series(20000, 30001) as id`
    await sql`insert into follow (follower_id, followee_id, created_at)
      select 10, id, timestamptz '2024-01-01' + id * interval '1 second' from generate_series(20000, 30001) as id`
  })
  const { ids } = await handlers.listFollowed(callBy(10), {})
  expect([ids.length, ids[0], ids.at(-1)]).toEqual([10_000, 30_001, 20_002])
})

test('nobody is followed who is not there, and nobody follows themselves', async () => {
  const notFound = { code: 'NOT_FOUND', fields: { profile: ['not found'] } }
  await expect(handlers.follow(callBy(1), { username: 'nobody' })).rejects.toMatchObject(notFound)
  await expect(handlers.unfollow(callBy(1), { username: 'nobody' })).rejects.toMatchObject(notFound)
  await expect(handlers.follow(callBy(1), { username: nameOf(1) })).rejects.toMatchObject({
    code: 'INVALID',
    fields: { username: ["can't be yourself"] },
  })
  expect(await handlers.listFollowed(callBy(1), {})).toEqual({ ids: [] })
})

test('who is not signed in is asked for a token, before the name is looked at; a deleted viewer’s is invalid', async () => {
  const missing = { code: 'UNAUTHENTICATED', fields: { token: ['is missing'] } }
  await expect(handlers.follow(callBy(), { username: 'nobody' })).rejects.toMatchObject(missing)
  await expect(handlers.unfollow(callBy(), { username: 'nobody' })).rejects.toMatchObject(missing)
  await expect(handlers.getFollows(callBy(), { ids: [1] })).rejects.toMatchObject(missing)
  await expect(handlers.listFollowed(callBy(), {})).rejects.toMatchObject(missing)
  await expect(handlers.follow(callBy(99_999), { username: nameOf(1) })).rejects.toMatchObject({
    code: 'UNAUTHENTICATED',
    fields: { token: ['is invalid'] },
  })
})
