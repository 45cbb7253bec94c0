import { administer } from '@fastpath/testing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { callBy, createTestUsers, type TestHandlers, type TestUsers } from './test-handlers.js'

let users: TestUsers
let handlers: TestHandlers
beforeAll(async () => {
  users = await createTestUsers()
  handlers = await users.handlers()
})
afterAll(() => users?.close())

let accounts = 0
const newAccount = () => {
  accounts++
  return { username: `Reader ${accounts}`, email: `Reader${accounts}@example.com`, password: 'correct horse' }
}
const registered = async () => {
  const account = newAccount()
  const signedIn = await handlers.register(callBy(), account)
  return { ...account, id: signedIn.account.id, token: signedIn.token }
}
const taken = ['has already been taken']

test('who has registered is signed in, knows nothing of others’ columns, and logs in with any case of the email', async () => {
  const account = newAccount()
  const { password, ...shown } = account
  const made = await handlers.register(callBy(), account)
  const id = made.account.id
  expect(made.account).toEqual({ id, ...shown, bio: null, image: null, version: 1 })
  expect(await handlers.authenticate(callBy(), { token: made.token })).toMatchObject({ id })
  const again = await handlers.logIn(callBy(), { email: account.email.toUpperCase(), password })
  expect(again.account).toEqual(made.account)
  expect(await handlers.getAccount(callBy(id), {})).toEqual(made.account)
})

test('what is taken is told at once, in any case, before anything is hashed', async () => {
  const { username, email, password } = await registered()
  const hashes = handlers.hashes()
  const other = newAccount()
  const conflict = (account: object) =>
    expect(handlers.register(callBy(), { ...other, ...account })).rejects.toMatchObject
  await conflict({ username: username.toUpperCase() })({ code: 'CONFLICT', fields: { username: taken } })
  await conflict({ email: email.toUpperCase() })({ code: 'CONFLICT', fields: { email: taken } })
  await conflict({ username, email, password })({ code: 'CONFLICT', fields: { username: taken, email: taken } })
  expect(handlers.hashes()).toBe(hashes)
})

test('of fifty simultaneous registrations of one email one wins, and the others are told of a conflict', async () => {
  const { email, password } = newAccount()
  const outcomes = await Promise.allSettled(
    Array.from({ length: 50 }, (_, i) => handlers.register(callBy(), { username: `racer ${i}`, email, password })),
  )
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
  expect(failures.map(({ code, fields }) => ({ code, fields }))).toEqual(
    Array.from({ length: 49 }, () => ({ code: 'CONFLICT', fields: { email: taken } })),
  )
})

test('what is absent stays, empty text and null clear bio and image, and the version counts', async () => {
  const { id, username, email } = await registered()
  const update = async (input: Parameters<typeof handlers.updateAccount>[1]) =>
    (await handlers.updateAccount(callBy(id), input)).account
  const filled = { id, username, email, bio: 'reads', image: 'https://example.com/a.png', version: 2 }
  expect(await update({ bio: 'reads', image: 'https://example.com/a.png' })).toEqual(filled)
  expect(await update({ username: 'Renamed' })).toEqual({ ...filled, username: 'Renamed', version: 3 })
  expect(await update({ bio: '' })).toMatchObject({ bio: null, image: filled.image })
  expect(await update({ image: null })).toMatchObject({ bio: null, image: null })
  // Its own name in another case is not somebody else's.
  expect(await update({ username: 'RENAMED' })).toMatchObject({ username: 'RENAMED', email })
})

test('an update can not take what is somebody else’s: both are told at once, and nothing has changed', async () => {
  const other = await registered()
  const { id, username, email } = await registered()
  const wanted = { username: other.username.toUpperCase(), email: other.email.toUpperCase(), bio: 'no' }
  await expect(handlers.updateAccount(callBy(id), wanted)).rejects.toMatchObject({
    code: 'CONFLICT',
    fields: { username: taken, email: taken },
  })
  expect(await handlers.getAccount(callBy(id), {})).toMatchObject({ username, email, bio: null, version: 1 })
})

test('after a new password only it logs in, and only the token that came with it is good', async () => {
  const { id, email, password, token } = await registered()
  const other = await handlers.logIn(callBy(), { email, password })
  const kept = await handlers.updateAccount(callBy(id), { bio: 'the same password' })
  for (const good of [token, other.token, kept.token]) await handlers.authenticate(callBy(), { token: good })

  const changed = await handlers.updateAccount(callBy(id), { password: 'battery staple' })
  for (const old of [token, other.token, kept.token]) {
    await expect(handlers.authenticate(callBy(), { token: old })).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      fields: { token: ['is invalid'] },
    })
  }
  expect(await handlers.authenticate(callBy(), { token: changed.token })).toMatchObject({ id })
  await expect(handlers.logIn(callBy(), { email, password })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  await handlers.logIn(callBy(), { email, password: 'battery staple' })
})

test('who has been deleted is nobody, whatever token is left; who has none is asked for one', async () => {
  const { id, token } = await registered()
  await administer(users.database.urls.user, (sql) => sql`delete from account where id = ${id}`)
  const invalid = { code: 'UNAUTHENTICATED', fields: { token: ['is invalid'] } }
  await expect(handlers.authenticate(callBy(), { token })).rejects.toMatchObject(invalid)
  await expect(handlers.getAccount(callBy(id), {})).rejects.toMatchObject(invalid)
  await expect(handlers.updateAccount(callBy(id), { bio: 'gone' })).rejects.toMatchObject(invalid)
  const missing = { code: 'UNAUTHENTICATED', fields: { token: ['is missing'] } }
  await expect(handlers.getAccount(callBy(), {})).rejects.toMatchObject(missing)
  await expect(handlers.updateAccount(callBy(), { bio: 'nobody' })).rejects.toMatchObject(missing)
})
