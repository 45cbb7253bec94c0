import { type Server, startSmtp } from '@fastpath/servers'
import { createTestDatabase, startTestService, type TestDatabase, uniquePrefix } from '@fastpath/testing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'

let database: TestDatabase
let smtp: Server
beforeAll(async () => {
  ;[database, smtp] = await Promise.all([createTestDatabase(), startSmtp({ external: false })])
}, 60_000)
afterAll(async () => {
  await smtp?.stop()
  await database?.drop()
})

const start = (env: NodeJS.ProcessEnv) =>
  startTestService({ name: 'mailer', database, natsPrefix: uniquePrefix(), env })

test('it gets ready, tells how its back ends are, and stops when told', async () => {
  const mailer = await start({ SMTP_URL: smtp.url })
  const answer = async () => {
    const res = await fetch(`${mailer.adminUrl}/readyz`)
    return { status: res.status, body: await res.json() }
  }
  try {
    const checks = { postgres: 'ok', smtp: 'ok', nats: 'ok' }
    expect(await answer()).toEqual({ status: 200, body: { ready: true, state: 'ready', checks } })
    await smtp.kill()
    // Mail that can't go now goes later: no reason to restart the mailer.
    const smtpAway = { ...checks, smtp: expect.stringContaining('ECONNREFUSED') }
    expect(await answer()).toEqual({ status: 200, body: { ready: true, state: 'ready', checks: smtpAway } })
  } finally {
    await mailer.stop()
  }
  expect(await mailer.exited).toBe('exit code 0')
}, 60_000)

test('wrong settings are told at once, without the password of the mail server', async () => {
  const refused = start({ SMTP_URL: 'http://user:secret@mail.example.com', MAIL_FROM: 'a b', NODE_ENV: 'production' })
  const message = await refused.then(String, (error: Error) => error.message)
  expect(message).toMatch(/SMTP_URL +is "http:\/\/user:\*\*\*@mail.example.com"; takes smtp:/)
  expect(message).toMatch(/MAIL_FROM +is "a b"; takes the address that mails come from/)
  expect(message).not.toContain('secret')
  await expect(start({ NODE_ENV: 'production' })).rejects.toThrow(/SMTP_URL +is missing; .*\n +MAIL_FROM +is missing/)
}, 60_000)
