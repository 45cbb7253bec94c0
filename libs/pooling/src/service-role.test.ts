import { createTestDatabase, type TestDatabase } from '@fastpath/testing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import postgres from 'postgres'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database?.drop())

const as = async (url: string, query: string): Promise<unknown> => {
  const sql = postgres(url, { max: 1 })
  try {
    return [...(await sql.unsafe(query))]
  } finally {
    await sql.end()
  }
}

test.each([
  ['feed', '"user".account'],
  ['feed', '"user".follow'],
  ['user', 'feed.article'],
  ['user', 'feed.counter'],
] as const)('the role of %s can not read %s', async (role, table) => {
  await expect(as(database.urls[role], `select * from ${table}`)).rejects.toMatchObject({ code: '42501' })
})

test('nothing can be made in the public schema', async () => {
  await expect(as(database.urls.feed, 'create table public.mine ()')).rejects.toMatchObject({ code: '42501' })
})

test('the time-outs hold for whoever connects as the role', async () => {
  expect(await as(database.urls.feed, 'show statement_timeout')).toEqual([{ statement_timeout: '5s' }])
  expect(await as(database.urls.feed, 'show lock_timeout')).toEqual([{ lock_timeout: '2s' }])
})
