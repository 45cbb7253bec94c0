import { administer, createTestDatabase, type TestDatabase, until } from '@fastpath/testing'
import { Call } from '@fastpath/timing'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { createPool, type Pool } from './pool.js'
import { statement } from './statement.js'

interface Line {
  readonly level: 'debug' | 'warn'
  readonly details: { readonly statement: string; readonly tookMs: number; readonly plan: readonly string[] }
}

const quick = statement<object>('quick', 'select 1')
const slow = statement<object, [word: string]>('slow', 'select * from slow where word = $1')
const alsoSlow = statement<object, [word: string]>('also_slow', 'select * from slow where word <> $1')
const slowChange = statement<object, [word: string]>(
  'slow_change',
  'update kept set word = $1 from slow where slow.word <> kept.word',
)
const odd = statement<object, [word: string]>('odd', 'select slow_number($1) as n')
const wait = statement<object, [seconds: number]>('wait', 'select pg_sleep($1)')

let database: TestDatabase
let pool: Pool
let lines: Line[]

beforeAll(async () => {
  database = await createTestDatabase()
  await administer(database.urls.feed, async (sql) => {
    await sql`create table kept (word text)`
    await sql`insert into kept values ('first')`
    await sql`create view slow as select word || pg_sleep(0.3)::text as word from kept`
  })
})
afterAll(() => database?.drop())

beforeEach(() => {
  lines = []
  const write = (level: Line['level']) => (details: object) => void lines.push({ level, details } as Line)
  const log = { debug: write('debug'), info: write('debug'), warn: write('warn'), error: write('warn') }
  pool = createPool({ url: database.urls.feed, name: 'slow-test', log, explainSlowerThanMs: 250 })
})
afterEach(() => pool.close())

const call = () => new Call({ timeoutMs: 10_000 })
const explained = () => lines.map(({ details }) => details.statement)
/** Connections that explain, of this pool. */
const explainers = async () => {
  const found = await administer(
    database.adminUrl,
    (sql) => sql`select from pg_stat_activity where application_name = 'slow-test explain'`,
  )
  return found.length
}

test("a slow statement's plan is logged once, without the values, and a quick one's never", async () => {
  await pool.run(call(), quick, [])
  expect(await pool.run(call(), slow, ['a secret'])).toEqual([])
  const line = await until('the plan', () => lines[0])
  expect(line).toMatchObject({ level: 'warn', details: { statement: 'slow', slowerThanMs: 250 } })
  expect(line.details.tookMs).toBeGreaterThanOrEqual(290)
  expect(line.details.plan.join('\n')).toMatch(/Seq Scan on kept, rows \d+, cost \d+/)
  expect(JSON.stringify(lines)).not.toContain('a secret')
  await pool.run(call(), slow, ['a secret'])
  // Whatever the second one left behind would have come before this.
  await pool.run(call(), alsoSlow, [''])
  await until('the plan of the other', () => lines[1])
  expect(explained()).toEqual(['slow', 'also_slow'])
  await until('the end of the connection that explains', async () => (await explainers()) === 0)
})

test('one at a time: who was slow meanwhile has its turn when it is slow again', async () => {
  await Promise.all([pool.run(call(), slow, ['']), pool.run(call(), wait, [0.3])])
  await until('a plan', () => lines[0])
  const [first] = explained()
  const other = first === 'slow' ? () => pool.run(call(), wait, [0.3]) : () => pool.run(call(), slow, [''])
  await until('the other one', async () => {
    await other()
    return lines.length === 2
  })
  expect(explained().sort()).toEqual(['slow', 'wait'])
})

test('what modifies is explained and not run again', async () => {
  await administer(database.urls.feed, (sql) => sql`create table if not exists runs (n integer)`)
  await administer(database.urls.feed, async (sql) => {
    await sql`create or replace function count_run() returns trigger language plpgsql as $$
      begin insert into runs values (1); return null; end $$`
    await sql`create trigger count_run after update on kept for each statement execute function count_run()`
  })
  await pool.transaction(call(), (tx) => tx.run(slowChange, ['second']))
  const line = await until('the plan', () => lines[0])
  expect(line.details.plan[0]).toMatch(/^ModifyTable Update on kept/)
  expect(await administer(database.urls.feed, (sql) => sql`select n from runs`)).toHaveLength(1)
})

test('what can not be explained harms nobody, and its values are not told', async () => {
  // Immutable, so that it is run when it is planned; the error of its conversion quotes the value.
  const slowNumber = `create function slow_number(word text) returns integer immutable language plpgsql as $$
    begin perform pg_sleep(0.3); return word::integer; end $$`
  await administer(database.urls.feed, (sql) => sql.unsafe(slowNumber))
  await expect(pool.run(call(), odd, ['a secret'])).rejects.toMatchObject({ code: '22P02' })
  const line = await until('the word of it', () => lines[0])
  expect(line).toMatchObject({ level: 'debug', details: { statement: 'odd', code: '22P02' } })
  expect(JSON.stringify(lines)).not.toContain('a secret')
  await pool.run(call(), slow, [''])
  await until('the next plan', () => lines[1])
  expect(explained()).toEqual(['odd', 'slow'])
})

test('a pool that closes waits for no plan', async () => {
  await pool.run(call(), slow, [''])
  await pool.close()
  expect(await explainers()).toBe(0)
  expect(lines).toEqual([])
})

test('without a limit nothing is explained', async () => {
  const silent = createPool({ url: database.urls.feed, name: 'slow-test', log: lines as never })
  await silent.run(call(), slow, [''])
  await silent.close()
  expect(await explainers()).toBe(0)
})
