import { randomBytes } from 'node:crypto'
import { type Server, startPgBouncer } from '@fastpath/servers'
import { administer, describeWith, testServers } from '@fastpath/testing'
import { Call } from '@fastpath/timing'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { createPool, type PoolOptions } from './pool.js'
import { readPoolerUsers } from './pooler-users.js'
import { createServiceRole } from './service-role.js'
import { statement } from './statement.js'

jest.setTimeout(60_000)

const role = `test_${randomBytes(6).toString('hex')}`
const password = randomBytes(12).toString('hex')
const echo = statement<{ n: number }, [n: number, texts: readonly string[]]>(
  'echo_through_pooler',
  'select $1::integer + cardinality($2::text[]) as n',
)
const sleep = statement<object, [seconds: number]>('sleep_through_pooler', 'select pg_sleep($1)')
const timeout = statement<{ value: string }>('timeout', "select current_setting('statement_timeout') as value")
const servers = statement<{ n: number }, [role: string]>(
  'servers',
  'select count(*)::integer as n from pg_stat_activity where usename = $1',
)
/** Among those of the connection that asks. */
const prepared = statement<{ n: number }, [text: string]>(
  'prepared',
  'select count(*)::integer as n from pg_prepared_statements where statement = $1',
)

let direct: string
let pooled: string
let pgbouncer: Server | undefined

beforeAll(async () => {
  const { postgresUrl } = testServers()
  direct = await createServiceRole(postgresUrl, { schema: role, password, statementTimeoutMs: 3_000 })
})
afterAll(async () => {
  await pgbouncer?.stop()
  await administer(testServers().postgresUrl, async (sql) => {
    await sql`drop schema ${sql(role)} cascade`
    await sql`drop role ${sql(role)}`
  })
})

const call = () => new Call({ timeoutMs: 10_000 })
const withPool = async <T>(options: PoolOptions, work: (pool: ReturnType<typeof createPool>) => Promise<T>) => {
  const pool = createPool(options)
  try {
    return await work(pool)
  } finally {
    await pool.close()
  }
}

test.each([
  [true, 1],
  [false, 0],
])('a statement without parameters is prepared as the pool is: %s', async (prepare, expected) => {
  await withPool({ url: direct, prepare, max: 1 }, async (pool) => {
    await pool.run(call(), timeout, [])
    await pool.run(call(), timeout, [])
    expect(await pool.one(call(), prepared, [timeout.text])).toEqual({ n: expected })
  })
})

test('a pool that talks to PostgreSQL itself is content with either setting', async () => {
  for (const prepare of [true, false]) {
    await withPool({ url: direct, prepare }, async (pool) => {
      await pool.check()
      expect(await pool.one(call(), echo, [1, ['a', 'b']])).toEqual({ n: 3 })
    })
  }
})

test('a check while PostgreSQL is away is no refusal; statements tell what is wrong as ever', async () => {
  await withPool({ url: 'postgres://nobody@127.0.0.1:1/nothing' }, async (pool) => {
    await pool.check()
    await expect(pool.one(call(), timeout, [])).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })
})

test('users of a pooler are verifiers, never passwords; a role without one is told', async () => {
  const { postgresUrl } = testServers()
  const users = await readPoolerUsers(postgresUrl, [role])
  expect(users).toMatch(new RegExp(`^"${role}" "SCRAM-SHA-256\\$[^"]+"\\n$`))
  expect(users).not.toContain(password)
  await expect(readPoolerUsers(postgresUrl, ['nobody_at_all'])).rejects.toThrow('"nobody_at_all" has no SCRAM password')
})

describeWith(['pgbouncer'], 'through the shipped pgbouncer.ini', () => {
  beforeAll(async () => {
    const { postgresUrl } = testServers()
    pgbouncer = await startPgBouncer({ postgresUrl, users: await readPoolerUsers(postgresUrl, [role]) })
    const url = new URL(direct)
    url.host = new URL(pgbouncer.url).host
    pooled = url.href
  })

  test('a pool that prepares is refused at its start and at its first statement, with what to do', async () => {
    await withPool({ url: pooled, name: 'feed' }, async (pool) => {
      const refused = { code: 'POOLER', message: expect.stringContaining('set POOL_PREPARE=0') }
      await expect(pool.check()).rejects.toMatchObject(refused)
      await expect(pool.one(call(), timeout, [])).rejects.toMatchObject(refused)
    })
    await withPool({ url: pooled, name: 'feed' }, async (pool) => {
      await expect(pool.one(call(), timeout, [])).rejects.toMatchObject({ code: 'POOLER' })
      await expect(pool.transaction(call(), (tx) => tx.run(timeout, []))).rejects.toMatchObject({ code: 'POOLER' })
    })
  })

  test('one that does not works: parameters, transactions, the time-outs of the role', async () => {
    await withPool({ url: pooled, prepare: false }, async (pool) => {
      await pool.check()
      expect(await pool.one(call(), echo, [40, ['a', 'b']])).toEqual({ n: 42 })
      expect(await pool.one(call(), timeout, [])).toEqual({ value: '3s' })
      expect(await pool.transaction(call(), (tx) => tx.one(echo, [1, []]))).toEqual({ n: 1 })
      await expect(pool.one(call(), sleep, [9])).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' })
    })
  })

  test('a hundred clients get along on 25 connections', async () => {
    const pools = Array.from({ length: 100 }, () => createPool({ url: pooled, max: 1, prepare: false }))
    try {
      const answers = await Promise.all(
        pools.flatMap((pool, i) => [pool.one(call(), echo, [i, []]), pool.run(call(), sleep, [0.02])]),
      )
      expect(answers.filter((_, i) => i % 2 === 0)).toEqual(pools.map((_, n) => ({ n })))
      const used = await withPool({ url: direct }, (pool) => pool.one(call(), servers, [role]))
      // And our own one that asks.
      expect(used?.n).toBeLessThanOrEqual(25 + 2)
      expect(used?.n).toBeGreaterThan(5)
    } finally {
      await Promise.all(pools.map((pool) => pool.close()))
    }
  })

  test('a wrong password is refused by the pooler itself', async () => {
    const wrong = new URL(pooled)
    wrong.password = 'wrong'
    await withPool({ url: wrong.href, prepare: false }, async (pool) => {
      await expect(pool.one(call(), timeout, [])).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    })
  })
})
