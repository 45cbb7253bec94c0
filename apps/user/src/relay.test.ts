import { userContract, userRegistered } from '@fastpath/contracts'
import { type Bus, connect } from '@fastpath/messaging'
import {
  createTestDatabase,
  startTestService,
  type TestDatabase,
  type TestService,
  testServers,
  uniquePrefix,
  until,
} from '@fastpath/testing'
import { Call } from '@fastpath/timing'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'

jest.setTimeout(90_000)

type Running = Awaited<ReturnType<typeof startTestService>>

const natsPrefix = uniquePrefix()
let database: TestDatabase
let bus: Bus
let services: Running[] = []
beforeAll(async () => {
  database = await createTestDatabase()
  const options: TestService = { name: 'user', database, natsPrefix }
  services = await Promise.all([startTestService(options), startTestService(options)])
  bus = await connect({ url: testServers().natsUrl, prefix: natsPrefix, name: 'test' })
})
afterAll(async () => {
  await bus?.close()
  for (const service of services) await service.stop()
  await database?.drop()
})

const relays = async ({ adminUrl }: Running) => {
  const metrics = await (await fetch(`${adminUrl}/metrics`)).text()
  return /^fastpath_relay_active\{service="user"\} 1$/m.test(metrics)
}
const register = async (username: string) => {
  const input = { username, email: `${username}@example.com`, password: 'correct horse' }
  const { account } = await bus.client(userContract).register(new Call({ timeoutMs: 15_000 }), input)
  return account.id
}

test('of two user services one tells who registers; when it is killed the other does', async () => {
  const told: number[] = []
  bus.consume(userRegistered, { name: 'listener', handle: async (_call, { userId }) => void told.push(userId) })
  const [owner] = await until('one relays', async () => {
    const active = await Promise.all(services.map(relays))
    return active.includes(true) && services.filter((_, i) => active[i])
  })
  expect(await Promise.all(services.filter((service) => service !== owner).map(relays))).toEqual([false])
  const first = await register('first')
  await until('it is told', () => told.includes(first))

  await owner?.kill()
  services = services.filter((service) => service !== owner)
  await until('the other relays', () => relays(services[0] as Running), 5_000)
  const second = await register('second')
  await until('it is told', () => told.includes(second))
  expect(told).toEqual([first, second])
})
