import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Param, type Statement, statement } from '@fastpath/pooling'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { example, guardPlans, statementsIn } from './plan-guard.js'
import { administer, createTestDatabase, type TestDatabase } from './test-database.js'

const byKey = statement<object, [key: number]>('by_key', 'select word from big where key = $1')
const byWord = statement<object, [word: string]>('by_word', 'select key from big where word = $1')
const change = statement<object, [key: number]>('change', "update big set word = 'changed' where key = $1")
const removeByWord = statement<object, [word: string]>('remove_by_word', 'delete from big where word <> $1')
const reversed = statement<object, [count: number]>(
  'reversed',
  'select n from generate_series(1, $1) as n order by n desc',
)
const ofSmall = statement<object>('of_small', 'select key from small order by key')
const broken = statement<object>('broken', 'select nothing from big')

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
  await administer(database.urls.feed, async (sql) => {
    await sql`create table big as select n as key, 'word ' || n as word from generate_series(1, 10000) as n`
    await sql`create unique index big_key on big (key)`
    await sql`create table small as select n as key from generate_series(1, 9999) as n`
    await sql`analyze big, small`
  })
})
afterAll(() => database?.drop())

const guard = (made: Statement<unknown>, ...params: Param[]): Promise<unknown> =>
  guardPlans({ url: database.urls.feed, statements: [made], examples: [{ statement: made, params }] }).catch(
    (error: Error) => error.message,
  )

test('an index, a small table and its sort are fine', async () => {
  const examples = [example(byKey, [7]), example(change, [7]), example(ofSmall, [])]
  const statements = examples.map(({ statement }) => statement)
  expect(await guardPlans({ url: database.urls.feed, statements, examples })).toBe(3)
})

test('reading a big table in turn is told with the plan', async () => {
  expect(await guard(byWord, 'word 7')).toMatch(
    /^by_word reads all of big \(10000 rows\) in turn:\n {4}Seq Scan on big, rows 1, cost \d+\n {8}filter: \(word = 'word 7'::text\)$/,
  )
})

test('a sort of many rows is told, not one of few', async () => {
  expect(await guard(reversed, 10_001)).toMatch(/^reversed sorts 10001 rows:\n {4}Sort, /)
  expect(await guard(reversed, 10_000)).toBe(1)
})

test('what modifies is explained and not run', async () => {
  expect(await guard(removeByWord, 'none')).toMatch(
    /^remove_by_word reads all of big .*\n {4}ModifyTable Delete on big/,
  )
  const [left] = await administer(database.urls.feed, (sql) => sql`select count(*)::integer as n from big`)
  expect(left).toEqual({ n: 10_000 })
})

test('every problem is told at once; a statement that can not be explained is named', async () => {
  const examples = [example(byWord, ['a']), example(reversed, [20_000])]
  const told = guardPlans({ url: database.urls.feed, statements: [byKey, byWord, reversed], examples })
  await expect(told).rejects.toThrow(/^by_key has no example.*\nby_word reads[\s\S]*\nreversed sorts/)
  expect(await guard(broken)).toBe(`broken can't be explained: column "nothing" does not exist`)
})

test('without data nothing is proved', async () => {
  const options = { url: database.urls.user, statements: [], examples: [] }
  await expect(guardPlans(options)).rejects.toThrow('no table has 10000 rows')
})

test('statements are found in every module below the folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fastpath-queries-'))
  try {
    await mkdir(join(folder, 'node_modules/@fastpath'), { recursive: true })
    await symlink(
      fileURLToPath(new URL('../../pooling', import.meta.url)),
      join(folder, 'node_modules/@fastpath/pooling'),
    )
    await mkdir(join(folder, 'queries/below'), { recursive: true })
    await writeFile(
      join(folder, 'queries/below/planted.ts'),
      "import { statement } from '@fastpath/pooling'\nstatement('planted', 'select 1')\n",
    )
    const found = await statementsIn(pathToFileURL(join(folder, 'queries/')))
    expect(found.map(({ name }) => name)).toEqual(expect.arrayContaining(['by_key', 'planted']))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
