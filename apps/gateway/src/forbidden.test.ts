import { conduitRights } from '@fastpath/contracts'
import { natsUsers, passwordVariable } from '@fastpath/messaging'
import { type Server, startNats } from '@fastpath/servers'
import { createConduitClient, natsUrlAs, startTestService, until } from '@fastpath/testing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startTestStack, type TestGateway, type TestStack } from './test-stack.js'

// A broker whose permissions are of an older release, say: the gateway may not ask for tags.
const { gateway, ...others } = conduitRights
const calls = gateway.calls.filter(({ subject }) => subject !== 'feed.listTags')
const rights = { ...others, gateway: { ...gateway, calls } }

let nats: Server
let stack: TestStack
let front: TestGateway
const logged: { path: string; message: string }[] = []
beforeAll(async () => {
  nats = await startNats({
    external: false,
    config: `authorization: { users: [\n${natsUsers(rights, { anyPrefix: true })}] }\n`,
    variables: Object.fromEntries(Object.keys(rights).map((user) => [passwordVariable(user), user])),
  })
  stack = await startTestStack({ natsUrl: nats.url })
  const nothing = () => {}
  const error = (details: object) => {
    const { path, err } = details as { path: string; err: Error }
    logged.push({ path, message: err.message })
  }
  front = await stack.startGateway({ log: { debug: nothing, info: nothing, warn: nothing, error } })
}, 60_000)
afterAll(async () => {
  await stack?.close()
  await nats?.stop()
})

test('what the broker forbids the gateway is no 403 of a client: 500 at once, and in the log what to look at', async () => {
  const { get } = createConduitClient(() => front.url)
  const startedMs = performance.now()
  const { status, body } = await get('/api/tags')
  expect([status, body]).toEqual([500, { errors: { server: ['has failed'] } }])
  // No time-out, and no second try, which comes after half a second.
  expect(performance.now() - startedMs).toBeLessThan(400)
  await until('it is logged', () => logged.length > 0)
  expect(logged).toEqual([
    { path: '/api/tags', message: 'feed.listTags: the broker does not let this user ask for it' },
  ])
  expect((await get('/api/articles')).status).toBe(200)
})

test("a service under another's name does not start, and says why", async () => {
  const { database, natsPrefix } = stack
  const start = startTestService({ name: 'feed', database, natsPrefix, natsUrl: natsUrlAs('user', nats.url) })
  await expect(start).rejects.toThrow(
    new RegExp(`the broker does not let this user listen to ${natsPrefix}feed\\.listArticles[\\s\\S]*feed can't start`),
  )
})
