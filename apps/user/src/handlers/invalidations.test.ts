import { cacheTags } from '@fastpath/contracts'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { callBy, createTestUsers, type TestHandlers, type TestUsers } from './test-handlers.js'

let users: TestUsers
let handlers: TestHandlers
beforeAll(async () => {
  users = await createTestUsers()
  handlers = await users.handlers()
})
afterAll(() => users?.close())

const register = async (username: string) =>
  (await handlers.register(callBy(), { username, email: `${username}@example.com`, password: 'correct horse' })).account

const toldBy = async (write: () => unknown) => {
  handlers.invalidated.splice(0)
  await write()
  return handlers.invalidated
}

test('a new account and a new name are told to who knows that nobody has it', async () => {
  let id = 0
  const atFirst = await toldBy(async () => {
    id = (await register('Ada')).id
  })
  expect(atFirst).toEqual([[cacheTags.user(id), cacheTags.unknownNames]])
  const renamed = await toldBy(() => handlers.updateAccount(callBy(id), { username: 'Lovelace' }))
  expect(renamed).toEqual([[cacheTags.user(id), cacheTags.unknownNames]])
})

test.each(['follow', 'unfollow'] as const)('%s tells whose list has changed', async (name) => {
  const [{ id }] = await Promise.all([register(`${name}er`), register(`${name}ed`)])
  if (name === 'unfollow') await handlers.follow(callBy(id), { username: `${name}ed` })
  expect(await toldBy(() => handlers[name](callBy(id), { username: `${name}ed` }))).toEqual([
    [cacheTags.followedBy(id)],
  ])
})

test('what was refused tells of nothing', async () => {
  const { id } = await register('twice')
  const told = await toldBy(async () => {
    await expect(register('twice')).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(handlers.follow(callBy(id), { username: 'nobody' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
  expect(told).toEqual([])
})
