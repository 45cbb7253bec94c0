import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { conduitSuite, createConduitClient, registerPerson, until } from '@fastpath/testing'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createTestStarts, ready, type Start, type TestStarts } from './test-start.js'

let starts: TestStarts
let started: Start
let url: string
beforeAll(async () => {
  starts = await createTestStarts()
  started = starts.start()
  url = await ready(started)
}, 90_000)
afterAll(async () => {
  await starts.stopAll()
  await starts.remove()
}, 30_000)

describe('what `npm start` has started', () => conduitSuite(() => url))

describe('the log-in that it tells', () => {
  const told = () => /^ {2}Log in as (\S+@\S+) with (\S+),/m.exec(started.output())

  test('logs in, as somebody who follows others', async () => {
    const [, email, password] = told() ?? []
    const { post, get } = createConduitClient(() => url)
    const { status, body } = await post('/api/users/login', { json: { user: { email, password } } })
    expect([status, body.user.email]).toEqual([200, email])
    const feed = await get('/api/articles/feed', { token: body.user.token })
    expect(feed.body.articles).toHaveLength(20)
  })

  test('has a line for a shell, which reads the personal feed as it stands', async () => {
    const line = /^ {4}(curl .*\/api\/articles\/feed.*)$/m.exec(started.output())?.[1] ?? ''
    const { stdout } = await promisify(execFile)('sh', ['-c', line])
    expect(JSON.parse(stdout).articles).toHaveLength(2)
  })
})

test('who signs up finds a welcome mail in the mailbox', async () => {
  const [, adminUrl = ''] = /^ {2}all admin pages +(\S+)$/m.exec(started.output()) ?? []
  const { username, email } = await registerPerson(createConduitClient(() => url))
  const mail = await until('it is there', async () => {
    const { body } = await createConduitClient(() => adminUrl).get('/mail.json')
    return body.mails.find(({ to }: { to: string }) => to.toLowerCase() === email.toLowerCase())
  })
  expect(mail.subject).toBe(`Welcome to Conduit, ${username}`)
})
