import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { userFollowed } from '@fastpath/contracts'
import { type Bus, connect, createOutbox, Undeliverable } from '@fastpath/messaging'
import { createPool, type Pool } from '@fastpath/pooling'
import { createTestDatabase, natsUrlAs, type TestDatabase, testServers, uniquePrefix, until } from '@fastpath/testing'
import { Call } from '@fastpath/timing'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'

// Each command is a process of its own, which takes a second, and many where the machine is busy.
jest.setTimeout(180_000)

const root = fileURLToPath(new URL('../../../', import.meta.url))
const prefix = uniquePrefix()
let database: TestDatabase
let pool: Pool
let bus: Bus
let broken = true
const handled: number[] = []
beforeAll(async () => {
  database = await createTestDatabase()
  pool = createPool({ url: database.urls.user })
  bus = await connect({ url: testServers().natsUrl, prefix, name: 'test' })
  const outbox = createOutbox({ pool })
  bus.relay(outbox, { databaseUrl: database.urls.user })
  bus.consume(userFollowed, {
    name: 'postman',
    handle: async (_call, { followeeId }) => {
      if (broken) throw new Undeliverable('no such\nmailbox')
      handled.push(followeeId)
    },
  })
  await outbox.transaction(new Call({ timeoutMs: 10_000 }), async (tx) => {
    for (const followeeId of [2, 3]) await tx.emit(userFollowed, { followerId: 1, followeeId })
  })
})
afterAll(async () => {
  await bus?.close()
  await pool?.close()
  await database?.drop()
})

const run = (args: string[], env: NodeJS.ProcessEnv = {}) =>
  new Promise<{ code: number; output: string }>((resolve) => {
    const { NODE_OPTIONS: _, ...rest } = process.env
    const options = { cwd: root, env: { ...rest, NATS_URL: natsUrlAs('operator'), NATS_PREFIX: prefix, ...env } }
    const file = ['--conditions=@fastpath/source', '--import', 'tsx', 'infra/local/src/dead-letters.ts', ...args]
    const child = execFile(process.execPath, file, options, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
    )
  })

test('dead letters are listed, shown, dropped and tried again', async () => {
  const listed = await until(
    'both are dead',
    async () => {
      const { output } = await run(['list'])
      return output.includes('2 dead letters') && output
    },
    90_000,
  )
  const [, id] =
    /^(\d+) .* postman {2}events.user.followed {2}follow:1:2 {2}1 try {2}UNDELIVERABLE: no such$/m.exec(listed) ?? []
  const shown = await run(['show', String(id)])
  expect(shown.output).toContain('data        {"followerId":1,"followeeId":2}')
  expect(shown.output).toMatch(/^try 1 {2}\d{4}-.*UNDELIVERABLE: no such\nmailbox$/m)

  const [, other] = /^(\d+) .*follow:1:3/m.exec(listed) ?? []
  expect(await run(['drop', String(other)])).toEqual({ code: 0, output: `dead letter ${other} is forgotten\n` })
  expect(await run(['drop', String(other)])).toEqual({ code: 1, output: `there is no dead letter ${other}\n` })

  broken = false
  expect((await run(['retry', 'all'])).output).toBe('1 dead letter is tried again\n')
  await until('it is handled', () => handled.length === 1)
  expect(handled).toEqual([2])
  expect((await run(['list'])).output).toBe('no dead letters\n')
})

test('help is given, and what can’t be done is told in a line', async () => {
  expect((await run(['--help'])).output).toContain('retry all')
  expect(await run(['bury'])).toMatchObject({
    code: 1,
    output: expect.stringContaining('npm run dead-letters -- list'),
  })
  expect(await run(['show', 'x'])).toMatchObject({ code: 1, output: expect.stringContaining('the id is "x"') })
  const away = await run(['list'], { NATS_URL: 'nats://127.0.0.1:1' })
  expect(away).toMatchObject({ code: 1, output: expect.stringMatching(/^the broker can't be reached: .*\n$/) })
  const none = await run(['list'], { NATS_URL: '', DATA_DIR: '/nowhere' })
  expect(none).toMatchObject({ code: 1, output: expect.stringMatching(/^no stack runs here: .*\n$/) })
})
