import { userContract } from '@fastpath/contracts'
import { type Bus, connect, type DeadLetters, openDeadLetters } from '@fastpath/messaging'
import { listMails, type Mail, type Server, type ServiceProcess, startSmtp } from '@fastpath/servers'
import {
  createTestDatabase,
  startTestService,
  type TestDatabase,
  testServers,
  uniquePrefix,
  until,
} from '@fastpath/testing'
import { Call } from '@fastpath/timing'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'

jest.setTimeout(90_000)

const natsPrefix = uniquePrefix()
let database: TestDatabase
let smtp: Server
let user: ServiceProcess
let mailers: Record<'leaving' | 'staying', ServiceProcess>
let bus: Bus
let letters: DeadLetters
/** Each by an address of its own, which tells what it has sent. */
const startMailer = (name: string) =>
  startTestService({
    name: 'mailer',
    database,
    natsPrefix,
    env: { SMTP_URL: smtp.url, MAIL_FROM: `${name}@example.com`, SMTP_CONNECTIONS: '8' },
  })
beforeAll(async () => {
  database = await createTestDatabase()
  // Long enough to be stopped in the middle of it.
  smtp = await startSmtp({ external: false, delayMs: 1_000 })
  user = await startTestService({ name: 'user', database, natsPrefix })
  mailers = { leaving: await startMailer('leaving'), staying: await startMailer('staying') }
  bus = await connect({ url: testServers().natsUrl, prefix: natsPrefix, name: 'test' })
  letters = await openDeadLetters({ url: testServers().natsUrl, prefix: natsPrefix })
}, 60_000)
afterAll(async () => {
  await letters?.close()
  await bus?.close()
  for (const mailer of Object.values(mailers ?? {})) await mailer.stop()
  await user?.stop()
  await smtp?.stop()
  await database?.drop()
})

const call = (viewerId?: number) =>
  new Call({ timeoutMs: 20_000, viewer: viewerId === undefined ? null : { id: viewerId } })
const register = async (username: string, email = `${username}@example.com`) =>
  (await bus.client(userContract).register(call(), { username, email, password: 'correct horse' })).account
const mails = () => listMails(smtp.folder ?? '')
const mailsTo = async (email: string) => (await mails()).filter(({ envelope }) => envelope.to.includes(email))
const sentBy = (all: readonly Mail[], name: string) => all.filter(({ envelope }) => envelope.from.startsWith(name))
/** Mails for which it was told 250. */
const answered = async ({ adminUrl }: ServiceProcess) => {
  const metrics = await (await fetch(`${adminUrl}/metrics`)).text()
  return Number(/^fastpath_mail_send_seconds_count\S* (\d+)$/m.exec(metrics)?.[1] ?? 0)
}

test('two mailers share the welcomes; one that is stopped in mid-mail loses and repeats nothing', async () => {
  const people = Array.from({ length: 40 }, (_, i) => `person-${i}`)
  const registered = Promise.all(people.map((username) => register(username)))
  await until(
    'both have sent some, and the one that leaves is in mid-mail',
    async () => {
      const all = await mails()
      const leaving = await answered(mailers.leaving)
      return leaving > 0 && sentBy(all, 'leaving').length > leaving && sentBy(all, 'staying').length > 0
    },
    30_000,
  )
  await mailers.leaving.stop()
  const left = sentBy(await mails(), 'leaving').length
  expect(left).toBeLessThan(people.length)
  await registered
  await until('all are welcomed', async () => (await mails()).length >= people.length, 60_000)
  await until('all is handled', async () => (await answered(mailers.staying)) === people.length - left, 30_000)
  const all = await mails()
  expect(all.flatMap(({ envelope }) => envelope.to).sort()).toEqual(people.map((name) => `${name}@example.com`).sort())
  expect(new Set(all.map(({ messageId }) => messageId)).size).toBe(people.length)
})

test('who is followed is told', async () => {
  const follower = await register('follower')
  await register('followed')
  await bus.client(userContract).follow(call(follower.id), { username: 'followed' })
  await until('it is told', async () =>
    (await mailsTo('followed@example.com')).some(({ subject }) => subject === 'follower follows you'),
  )
})

test('a mail that is refused for good is a dead letter, while others flow; with another address it is sent once', async () => {
  const { id } = await register('mistyped', 'mistyped+bounce@example.com')
  await register('other')
  const letter = await until('it is dead', async () => {
    for await (const found of letters.list()) return found
    return undefined
  })
  expect([letter.aggregate, letter.consumer, letter.history]).toEqual([
    `user:${id}`,
    'welcome',
    [expect.stringContaining('550')],
  ])
  await until('the other is welcomed', async () => (await mailsTo('other@example.com')).length === 1)

  await bus.client(userContract).updateAccount(call(id), { email: 'mended@example.com' })
  await letters.retry(letter)
  await until('it is sent', async () => (await mailsTo('mended@example.com')).length > 0)
  await register('last')
  await until('what came after it too', async () => (await mailsTo('last@example.com')).length === 1)
  const mended = await mailsTo('mended@example.com')
  expect(mended.map(({ messageId }) => messageId)).toEqual([`${letter.eventId}.welcome@example.com`])
  expect(await letters.find(letter.id)).toBeUndefined()
})
