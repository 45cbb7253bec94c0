import { userContract } from '@fastpath/contracts'
import { type Bus, connect } from '@fastpath/messaging'
import { listMails, type Server, type ServiceProcess, startSmtp } from '@fastpath/servers'
import { createTestDatabase, startTestService, type TestDatabase, testServers, uniquePrefix } from '@fastpath/testing'
import { Call, createMetrics } from '@fastpath/timing'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { createPost, type Post } from '../post.js'
import { createHandlers } from './index.js'

const natsPrefix = uniquePrefix()
const call = () => new Call({ timeoutMs: 15_000 })
const gone = 999_999
let database: TestDatabase
let service: ServiceProcess
let smtp: Server
let bus: Bus
let post: Post
let handlers: ReturnType<typeof createHandlers>
let ann: number
let bob: number

beforeAll(async () => {
  database = await createTestDatabase()
  ;[service, smtp] = await Promise.all([
    startTestService({ name: 'user', database, natsPrefix }),
    startSmtp({ external: false }),
  ])
  bus = await connect({ url: testServers().natsUrl, prefix: natsPrefix, name: 'test' })
  const metrics = createMetrics()
  post = createPost({ url: smtp.url, from: 'news@example.com', maxConnections: 2, timeoutMs: 10_000, metrics })
  const user = bus.client(userContract)
  handlers = createHandlers({ user, post })
  const register = async (username: string) => {
    const email = `${username.toLowerCase()}@example.com`
    return (await user.register(call(), { username, email, password: 'correct horse' })).account.id
  }
  ann = await register('Ann')
  bob = await register('Bob')
}, 60_000)
afterAll(async () => {
  post?.close()
  await bus?.close()
  await Promise.all([service?.stop(), smtp?.stop()])
  await database?.drop()
})

let before = 0
const mails = () => listMails(smtp.folder as string)
beforeEach(async () => {
  before = (await mails()).length
})

test('who signs up is welcomed', async () => {
  await handlers.welcome(call(), { userId: ann }, { eventId: 'e1' })
  const [mail] = await mails()
  expect(mail).toMatchObject({
    envelope: { to: ['ann@example.com'] },
    subject: 'Welcome to Conduit, Ann',
    messageId: 'e1.welcome@example.com',
  })
})

test('who is followed hears of it', async () => {
  await handlers.newFollower(call(), { followerId: ann, followeeId: bob }, { eventId: 'e2' })
  const [mail] = await mails()
  expect(mail).toMatchObject({
    envelope: { to: ['bob@example.com'] },
    subject: 'Ann follows you',
    text: 'Hello Bob,\n\nAnn follows you on Conduit now.\n',
    messageId: 'e2.new-follower@example.com',
  })
})

test('who wrote an article hears of others’ comments, not of the own ones', async () => {
  const comment = { articleAuthorId: ann, authorId: bob, title: 'On <latency>' }
  await handlers.newComment(call(), { ...comment, authorId: ann }, { eventId: 'e3' })
  expect(await mails()).toHaveLength(before)
  await handlers.newComment(call(), comment, { eventId: 'e4' })
  const [mail] = await mails()
  expect(mail).toMatchObject({
    envelope: { to: ['ann@example.com'] },
    subject: 'New comment on On <latency>',
    text: 'Hello Ann,\n\nBob has commented on your article "On <latency>".\n',
    messageId: 'e4.new-comment@example.com',
  })
  expect(mail?.html).toContain('<i>On &#60;latency&#62;</i>')
})

test('an address that has changed since the event is the new one', async () => {
  await bus
    .client(userContract)
    .updateAccount(new Call({ timeoutMs: 15_000, viewer: { id: bob } }), { email: 'robert@example.com' })
  await handlers.welcome(call(), { userId: bob }, { eventId: 'e5' })
  expect((await mails())[0]?.envelope.to).toEqual(['robert@example.com'])
})

test('where either account has gone nothing is sent, and nothing fails', async () => {
  await handlers.welcome(call(), { userId: gone }, { eventId: 'e' })
  await handlers.newFollower(call(), { followerId: gone, followeeId: ann }, { eventId: 'e' })
  await handlers.newFollower(call(), { followerId: ann, followeeId: gone }, { eventId: 'e' })
  await handlers.newComment(call(), { articleAuthorId: gone, authorId: ann, title: 't' }, { eventId: 'e' })
  await handlers.newComment(call(), { articleAuthorId: ann, authorId: gone, title: 't' }, { eventId: 'e' })
  expect(await mails()).toHaveLength(before)
})

test('a user service that is away is UNAVAILABLE, and nothing is sent', async () => {
  const lonely = await connect({ url: testServers().natsUrl, prefix: uniquePrefix(), name: 'test' })
  try {
    const { welcome } = createHandlers({ user: lonely.client(userContract), post })
    await expect(welcome(call(), { userId: ann }, { eventId: 'e' })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(await mails()).toHaveLength(before)
  } finally {
    await lonely.close()
  }
})
