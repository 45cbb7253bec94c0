import { testServers } from '@fastpath/testing'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import pg from 'pg'
import postgres from 'postgres'
import { siteOf, startTestApp, type TestApp } from './test-app.js'
import { watchPg } from './watch-pg.js'
import { watchPostgres } from './watch-postgres.js'

const { postgresUrl } = testServers()
const sql = watchPostgres(postgres(postgresUrl, { max: 2, onnotice: () => {} }))
const pool = watchPg(new pg.Pool({ connectionString: postgresUrl, max: 2 }))
const site = (mark: string) => siteOf(import.meta.url, mark)
const numbers = Array.from({ length: 20 }, (_, i) => i)

/** The same ways to ask, of both drivers. */
const drivers = {
  postgres: {
    name: 'select $1::integer as n',
    askOne: async (n: number) => {
      const rows = await sql`select ${n}::integer as n` // postgres: one
      return rows[0]?.n
    },
    many: (rows: number) => sql`select generate_series(1, ${rows}) as n`,
    transaction: (n: number) =>
      sql.begin(async (tx) => {
        for (const i of numbers.slice(0, n)) await tx`select ${i}::integer as n` // postgres: transaction
        return (await tx`select count(*)::integer as n from pg_database where false`)[0]?.n
      }),
    fail: () => sql`select 1/0`,
    sleep: () => sql`select pg_sleep(0.05)`,
  },
  pg: {
    name: 'select $1::integer as n',
    askOne: async (n: number) => {
      const { rows } = await pool.query('select $1::integer as n', [n]) // pg: one
      return rows[0].n
    },
    many: (rows: number) => pool.query('select generate_series(1, $1::integer) as n', [rows]),
    async transaction(n: number) {
      const client = await pool.connect()
      try {
        await client.query('begin')
        for (const i of numbers.slice(0, n)) await client.query('select $1::integer as n', [i]) // pg: transaction
        const { rows } = await client.query('select count(*)::integer as n from pg_database where false')
        await client.query('commit')
        return rows[0].n
      } finally {
        client.release()
      }
    },
    fail: () => pool.query('select 1/0'),
    sleep: () => pool.query('select pg_sleep(0.05)'),
  },
} as const

let it: TestApp
beforeAll(async () => {
  it = await startTestApp()
  for (const [name, driver] of Object.entries(drivers)) {
    it.app.get(`/${name}/loop/:n`, async (req, res) => {
      const found: number[] = []
      for (const n of numbers.slice(0, Number(req.params.n))) found.push(await driver.askOne(n))
      res.json(found)
    })
    it.app.get(`/${name}/at-once`, async (_req, res) => void res.json(await Promise.all(numbers.map(driver.askOne))))
    it.app.get(
      `/${name}/same`,
      async (_req, res) => void res.json(await Promise.all(numbers.map(() => driver.askOne(7)))),
    )
    it.app.get(
      `/${name}/transaction/:n`,
      async (req, res) => void res.json(await driver.transaction(Number(req.params.n))),
    )
    it.app.get(`/${name}/many`, async (_req, res) => void res.send(String((await driver.many(1_500)) && 'ok')))
    it.app.get(`/${name}/fail`, async (_req, res) => void res.json(await driver.fail().catch((error) => error.code)))
    it.app.get(`/${name}/sleep`, async (_req, res) => {
      await Promise.all([driver.sleep(), driver.sleep()])
      res.set('Server-Timing', 'own;dur=1').send('ok')
    })
  }
})
afterAll(async () => {
  await it?.close()
  await Promise.all([sql.end(), pool.end()])
})

describe.each(Object.entries(drivers))('%s', (driver, { name }) => {
  test('a loop is an N+1 at its line, in the log once and in every Server-Timing', async () => {
    const says = `${name} 20x at ${site(`${driver}: one`)}`
    const first = await it.ask(`/${driver}/loop/20`)
    expect([first.status, JSON.parse(first.body)]).toEqual([200, numbers])
    expect(first.timing['n-plus-one']).toEqual({ desc: says })
    expect(first.told).toEqual([
      `n-plus-one: ${says}, in GET /${driver}/loop/:n; ask for all at once: one statement with = ANY($1)`,
    ])
    const second = await it.ask(`/${driver}/loop/20`)
    expect([second.timing['n-plus-one'], second.told]).toEqual([{ desc: says }, []])
  })

  test('twenty at once are one too, and the same twenty times a duplicate', async () => {
    const says = `${name} 20x at ${site(`${driver}: one`)}`
    expect((await it.ask(`/${driver}/at-once`)).timing['n-plus-one']).toEqual({ desc: says })
    expect((await it.ask(`/${driver}/same`)).timing.duplicate).toEqual({ desc: says })
  })

  test('five are no mistake', async () => {
    const { timingNames, told } = await it.ask(`/${driver}/loop/5`)
    expect([timingNames, told]).toEqual([['total', 'db'], []])
  })

  test('within a transaction it is found too, and what opens and closes it counts once', async () => {
    const { body, timing } = await it.ask(`/${driver}/transaction/20`)
    expect(body).toBe('0')
    expect(timing['n-plus-one']).toEqual({ desc: `${name} 20x at ${site(`${driver}: transaction`)}` })
    expect((await it.ask(`/${driver}/transaction/5`)).timingNames).toEqual(['total', 'db'])
  })

  test('a statement that returns everything is unbounded', async () => {
    const { body, timing } = await it.ask(`/${driver}/many`)
    expect([body, timing.unbounded?.desc]).toEqual(['ok', expect.stringContaining('returned 1500 rows')])
  })

  test('errors reach the app as they are', async () => {
    expect((await it.ask(`/${driver}/fail`)).body).toBe('"22012"')
  })

  test('time in the database counts once, within the total, behind what the app says itself', async () => {
    const { timing, timingNames } = await it.ask(`/${driver}/sleep`)
    expect(timingNames.slice(0, 3)).toEqual(['own', 'total', 'db'])
    expect(timing.db?.durMs).toBeGreaterThanOrEqual(45)
    expect(timing.db?.durMs).toBeLessThanOrEqual(timing.total?.durMs ?? 0)
  })

  test('requests at the same time are told apart', async () => {
    const asked = await Promise.all(
      ['loop/20', 'loop/4', 'loop/20', 'loop/3'].map((path) => it.ask(`/${driver}/${path}`)),
    )
    expect(asked.map(({ timing }) => timing['n-plus-one'] !== undefined)).toEqual([true, false, true, false])
  })
})

test('outside of a request both drivers work as ever', async () => {
  expect(await drivers.postgres.askOne(3)).toBe(3)
  expect(await drivers.pg.askOne(3)).toBe(3)
})
