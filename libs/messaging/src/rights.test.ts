import { conduitRights, feedContract, type ServiceError, userContract } from '@fastpath/contracts'
import { infraFile, type Server, startNats } from '@fastpath/servers'
import { until } from '@fastpath/testing'
import { Call } from '@fastpath/timing'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { connect as connectRaw, type NatsConnection } from 'nats'
import { type Bus, connect, latencySubject } from './connect.js'
import { passwordVariable } from './permissions.js'

/** A broker with the very file that is shipped. */
let nats: Server
let buses: Bus[] = []
let raws: NatsConnection[] = []
const passwordOf = (user: string) => `secret-of-${user}`

beforeAll(async () => {
  nats = await startNats({
    external: false,
    config: infraFile('nats/permissions.conf'),
    variables: Object.fromEntries(Object.keys(conduitRights).map((user) => [passwordVariable(user), passwordOf(user)])),
  })
})
afterEach(async () => {
  await Promise.all(buses.map((bus) => bus.close()))
  await Promise.all(raws.map((raw) => raw.close()))
  buses = []
  raws = []
})
afterAll(() => nats?.stop())

type User = keyof typeof conduitRights
const join = async (user: User) => {
  const url = `nats://${user}:${passwordOf(user)}@${new URL(nats.url).host}`
  const bus = await connect({ url, name: user })
  buses.push(bus)
  return bus
}
/** As somebody who has taken a service over would: without our libraries. */
const breakIn = async (user: User) => {
  const raw = await connectRaw({ servers: nats.url, user, pass: passwordOf(user), reconnect: false })
  raws.push(raw)
  const refusals: string[] = []
  void (async () => {
    for await (const { permissionContext } of raw.status())
      if (permissionContext) refusals.push(`${permissionContext.operation} ${permissionContext.subject}`)
  })()
  return { raw, refusals }
}
const serveTags = (bus: Bus, asked = () => {}) =>
  bus.serve(
    { listTags: feedContract.listTags },
    {
      listTags: () => {
        asked()
        return { tags: ['dragons'] }
      },
    },
  )
const call = () => new Call({ timeoutMs: 5_000 })
const refused = { code: 'FORBIDDEN', internal: true }

test('a call that is not its own is refused to a service in milliseconds, and reaches nobody', async () => {
  let asked = 0
  const feed = await join('feed')
  serveTags(feed, () => asked++)
  await feed.check()
  const mailer = (await join('mailer')).client(feedContract)
  const errors: ServiceError[] = []
  const startedMs = performance.now()
  await Promise.all(Array.from({ length: 64 }, () => mailer.listTags(call(), {}).catch((error) => errors.push(error))))
  const tookMs = performance.now() - startedMs
  expect(errors).toHaveLength(64)
  expect(errors[0]).toMatchObject({
    ...refused,
    message: 'feed.listTags: the broker does not let this user ask for it',
  })
  // No time-out, and no second try, which comes after half a second.
  expect(tookMs).toBeLessThan(400)
  expect(asked).toBe(0)

  const gateway = await join('gateway')
  expect(await gateway.client(feedContract).listTags(call(), {})).toEqual({ tags: ['dragons'] })
  await expect(gateway.client(userContract).getContacts(call(), { ids: [1] })).rejects.toMatchObject(refused)
  // What may be asked for is answered as before.
  expect(await gateway.client(feedContract).listTags(call(), {})).toEqual({ tags: ['dragons'] })
})

test('who is refused while it works for others tells them that it has failed, not that they may not', async () => {
  const [feed, gateway] = [await join('feed'), await join('gateway')]
  const user = feed.client(userContract)
  feed.serve(
    { listTags: feedContract.listTags },
    { listTags: async (call) => ({ tags: [(await user.getProfile(call, { username: 'ann' })).username] }) },
  )
  await feed.check()
  await expect(gateway.client(feedContract).listTags(call(), {})).rejects.toMatchObject({
    code: 'INTERNAL',
    message: 'internal error',
  })
})

test('a service that serves what is not its own learns it at the end of its start', async () => {
  const mailer = await join('mailer')
  await mailer.check()
  serveTags(mailer)
  const saysSo = { ...refused, message: 'the broker does not let this user listen to feed.listTags' }
  await expect(mailer.check()).rejects.toMatchObject(saysSo)
  await expect(mailer.ping()).rejects.toMatchObject(saysSo)
})

test('a question to all is for who may ask it, and every service answers', async () => {
  const [gateway, ...others] = await Promise.all((['gateway', 'feed', 'user', 'mailer'] as const).map(join))
  await expect(others[0]?.gather(latencySubject, { timeoutMs: 5_000 })).rejects.toMatchObject(refused)
  const { replies } = await (gateway as Bus).gather(latencySubject, { timeoutMs: 1_000 })
  expect(replies.map(({ name }) => name).toSorted()).toEqual(['feed', 'gateway', 'mailer', 'user'])
})

test("nobody hears another's calls, replies or events, nor answers in another's place", async () => {
  const { raw, refusals } = await breakIn('feed')
  const heard: string[] = []
  const subjects = ['>', '_INBOX.>', '_INBOX.gateway.>', 'user.logIn', 'events.>', 'feed.listTags']
  for (const subject of subjects)
    raw.subscribe(subject, { callback: (error, { subject }) => error ?? heard.push(subject) })
  await until('all are refused', () => refusals.length === subjects.length)
  expect(refusals).toEqual(subjects.map((subject) => `subscription ${subject}`))

  const [feed, gateway] = [await join('feed'), await join('gateway')]
  serveTags(feed)
  await feed.check()
  await gateway.client(feedContract).listTags(call(), {})
  await raw.flush()
  expect(heard).toEqual([])

  raw.publish('_INBOX.gateway.ABC.1', 'a reply that nobody asked it for')
  raw.publish('user.logIn', '')
  raw.publish('events.user.registered', '')
  raw.publish('$JS.API.STREAM.DELETE.events', '')
  raw.publish('$JS.API.STREAM.MSG.GET.dead-letters', '')
  const published = ['_INBOX.gateway.ABC.1', 'user.logIn', 'events.user.registered']
  const all = [...published, '$JS.API.STREAM.DELETE.events', '$JS.API.STREAM.MSG.GET.dead-letters']
  await until('all are refused', () => refusals.length === subjects.length + all.length)
  expect(refusals.slice(subjects.length)).toEqual(all.map((subject) => `publish ${subject}`))
})

test('without a name, or with a wrong password, nobody is let in', async () => {
  await expect(connect({ url: nats.url, name: 'anybody' })).rejects.toMatchObject({ code: 'AUTHORIZATION_VIOLATION' })
  const url = `nats://feed:wrong@${new URL(nats.url).host}`
  await expect(connect({ url, name: 'feed' })).rejects.toMatchObject({ code: 'AUTHORIZATION_VIOLATION' })
})
