import { userContract } from '@fastpath/contracts'
import { connect } from '@fastpath/messaging'
import { listMails, type Server, type ServiceProcess, startSmtp } from '@fastpath/servers'
import {
  createTestDatabase,
  startTestService,
  type TestDatabase,
  testServers,
  uniquePrefix,
  until,
} from '@fastpath/testing'
import { Call } from '@fastpath/timing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'

const natsPrefix = uniquePrefix()
let database: TestDatabase
let smtp: Server
let user: ServiceProcess
let mailers: ServiceProcess[] = []
const startMailer = () =>
  startTestService({
    name: 'mailer',
    database,
    natsPrefix,
    env: { SMTP_URL: smtp.url, MAIL_FROM: 'conduit@example.com' },
  })
beforeAll(async () => {
  database = await createTestDatabase()
  smtp = await startSmtp({ delayMs: 50 })
  user = await startTestService({ name: 'user', database, natsPrefix })
  mailers = [await startMailer(), await startMailer()]
}, 60_000)
afterAll(async () => {
  for (const mailer of mailers) await mailer.stop()
  await user?.stop()
  await smtp?.stop()
  await database?.drop()
})

const mailsTo = async (email: string) => (await listMails(smtp.folder ?? '')).filter(({ to }) => to.includes(email))

test('who registers is welcomed once, who is followed is told; two mailers share it, and one that stops loses nothing', async () => {
  const bus = await connect({ url: testServers().natsUrl, prefix: natsPrefix, name: 'test' })
  try {
    const client = bus.client(userContract)
    const call = (viewerId?: number) =>
      new Call({ timeoutMs: 20_000, viewer: viewerId === undefined ? null : { id: viewerId } })
    const people = Array.from({ length: 30 }, (_, i) => `person-${i}`)
    const register = async (username: string) =>
      (await client.register(call(), { username, email: `${username}@example.com`, password: 'correct horse' })).account
    const accounts = []
    for (const [i, username] of people.entries()) {
      accounts.push(await register(username))
      if (i === 15) void mailers[0]?.stop()
    }
    await client.follow(call(accounts[1]?.id), { username: 'person-0' })
    await until('all mails', async () => (await listMails(smtp.folder ?? '')).length >= people.length + 1, 30_000)
    const mails = await listMails(smtp.folder ?? '')
    expect(new Set(mails.map(({ messageId }) => messageId)).size).toBe(mails.length)
    expect(mails).toHaveLength(people.length + 1)
    for (const username of people.slice(1)) expect(await mailsTo(`${username}@example.com`)).toHaveLength(1)
    expect(
      (await mailsTo('person-0@example.com'))
        .map(({ subject }) => subject)
        .some((subject) => subject.includes('person-1')),
    ).toBe(true)
  } finally {
    await bus.close()
  }
}, 90_000)
