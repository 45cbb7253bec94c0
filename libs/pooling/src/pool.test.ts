import { randomBytes } from 'node:crypto'
import { type Server, startPostgres } from '@fastpath/servers'
import { administer, testServers, until } from '@fastpath/testing'
import { Call, createMetrics } from '@fastpath/timing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createPool, type Pool } from './pool.js'
import { createServiceRole } from './service-role.js'
import { statement } from './statement.js'

const one = statement<{ n: number }>('one', 'select 1 as n')
const sleep = statement<object, [seconds: number]>('sleep', 'select pg_sleep($1)')
const echo = statement<{ text: string }, [text: string]>('echo', 'select $1::text as text')
const add = statement<object, [n: number]>('add', 'insert into kept values ($1)')
const countKept = statement<{ n: number }>('count_kept', 'select count(*)::integer as n from kept')

const role = `test_${randomBytes(6).toString('hex')}`
const metrics = createMetrics()
let pool: Pool

beforeAll(async () => {
  const url = await createServiceRole(testServers().postgresUrl, {
    schema: role,
    password: role,
    statementTimeoutMs: 300,
  })
  pool = createPool({ url, max: 2, metrics })
  await pool.run(call(), statement('make_kept', 'create table kept (n integer primary key)'), [])
})

afterAll(async () => {
  await pool?.close()
  await administer(testServers().postgresUrl, async (sql) => {
    await sql`drop schema ${sql(role)} cascade`
    await sql`drop role ${sql(role)}`
  })
})

const call = (timeoutMs = 5_000) => new Call({ timeoutMs })

test('rows come back typed, and the trace knows the time, the name and the count', async () => {
  const asking = call()
  expect(await pool.run(asking, one, [])).toEqual([{ n: 1 }])
  expect(await pool.one(asking, echo, ["Robert'); drop table kept; --"])).toEqual({
    text: "Robert'); drop table kept; --",
  })
  expect(asking.trace.coveredMs('db')).toBeGreaterThan(0)
  expect(asking.trace.counts('statement')).toEqual({ one: 1, echo: 1 })
  expect(asking.trace.usages('statement').get('echo')).toMatchObject({ distinct: 1, mostRows: 1, waits: 0 })
  expect(metrics.histogram('fastpath_statement_seconds', '', { statement: 'one' }).percentiles().count).toBeGreaterThan(
    0,
  )
})

test('statements that run side by side are counted once in the time of the database', async () => {
  const asking = call()
  const startedMs = performance.now()
  await Promise.all([pool.run(asking, sleep, [0.05]), pool.run(asking, sleep, [0.05])])
  expect(asking.trace.coveredMs('db')).toBeLessThanOrEqual(performance.now() - startedMs)
  expect(asking.trace.coveredMs('db')).toBeGreaterThanOrEqual(50)
})

test("the role's time-out ends a statement", async () => {
  await expect(pool.run(call(), sleep, [5])).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' })
})

test('nobody waits past the deadline of the call, and neighbours are not harmed', async () => {
  const startedMs = performance.now()
  const neighbour = pool.run(call(), echo, ['well'])
  await expect(pool.run(call(50), sleep, [0.25])).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' })
  expect(performance.now() - startedMs).toBeLessThan(250)
  expect(await neighbour).toEqual([{ text: 'well' }])
})

test('a call past its deadline, or cancelled, sends nothing', async () => {
  const late = call(-1)
  await expect(pool.run(late, one, [])).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' })
  const cancelled = call()
  cancelled.cancel()
  await expect(pool.run(cancelled, one, [])).rejects.toMatchObject({ code: 'CANCELLED' })
  expect(late.trace.countOf('statement') + cancelled.trace.countOf('statement')).toBe(0)
})

test('a transaction commits as a whole or not at all', async () => {
  await pool.transaction(call(), async (tx) => {
    await tx.run(add, [1])
    await tx.run(add, [2])
  })
  const failing = pool.transaction(call(), async (tx) => {
    await tx.run(add, [3])
    await tx.run(add, [1])
  })
  await expect(failing).rejects.toMatchObject({ code: '23505' })
  expect(await pool.one(call(), countKept, [])).toEqual({ n: 2 })
})

test('a transaction begins and commits however many statements are on the way', async () => {
  const before = await pool.one(call(), countKept, [])
  for (let ahead = 0; ahead <= 20; ahead++) {
    const statements = Array.from({ length: ahead }, () => pool.run(call(), sleep, [0.001]))
    await Promise.all([...statements, pool.transaction(call(), (tx) => tx.run(add, [100 + ahead]))])
  }
  expect(await pool.one(call(), countKept, [])).toEqual({ n: (before?.n ?? 0) + 21 })
})

test('the pool itself is refused inside a transaction of the same call, and so is a transaction that is over', async () => {
  const asking = call()
  let leaked: ((n: number) => Promise<unknown>) | undefined
  await pool.transaction(asking, async (tx) => {
    leaked = (n) => tx.run(add, [n])
    await expect(pool.run(asking, one, [])).rejects.toThrow('use its tx')
    await expect(pool.transaction(asking, async () => {})).rejects.toThrow('inside a transaction')
  })
  await expect(leaked?.(9)).rejects.toThrow('that is over')
  expect(await pool.run(asking, one, [])).toEqual([{ n: 1 }])
})

test('a thousand statements at once all get their own answers', async () => {
  const texts = Array.from({ length: 1_000 }, (_, i) => `text ${i}`)
  const answers = await Promise.all(texts.map((text) => pool.one(call(), echo, [text])))
  expect(answers.map((row) => row?.text)).toEqual(texts)
})

test('PostgreSQL gone: an error at once; PostgreSQL back: used again', async () => {
  const server: Server = await startPostgres({ external: false })
  const ownPool = createPool({ url: server.url, max: 2 })
  try {
    expect(await ownPool.run(call(), one, [])).toEqual([{ n: 1 }])
    const inFlight = ownPool.run(call(), sleep, [5])
    const failed = expect(inFlight).rejects.toMatchObject({
      code: expect.stringMatching(/^(DISCONNECTED|UNAVAILABLE)$/),
    })
    await server.kill()
    await failed
    const startedMs = performance.now()
    await expect(ownPool.run(call(2_000), one, [])).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(performance.now() - startedMs).toBeLessThan(1_000)
    await server.restart()
    // A connection whose end had not been noticed yet may still take one statement with it.
    await until('the pool works again', () => ownPool.run(call(), one, []).catch(() => undefined), 2_000)
  } finally {
    await ownPool.close()
    await server.stop()
  }
})
