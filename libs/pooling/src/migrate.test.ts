import { mkdtemp, rm, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { administer, createTestDatabase, type TestDatabase } from '@fastpath/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import postgres from 'postgres'
import { migrate } from './migrate.js'

let database: TestDatabase
let directory: string

beforeAll(async () => {
  database = await createTestDatabase()
})
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fastpath-migrations-'))
  // A schema of its own, since the services' migrations have been applied to theirs.
  await administer(database.adminUrl, (sql) => sql`drop schema if exists own cascade`)
  await administer(database.adminUrl, (sql) => sql`create schema own`)
})
afterAll(() => database?.drop())

const write = (name: string, text: string) => writeFile(join(directory, name), text)
const run = () => {
  const url = new URL(database.adminUrl)
  url.searchParams.set('search_path', 'own')
  return migrate({ url: url.href, directory })
}
const rows = async (query: string): Promise<unknown[]> => {
  const sql = postgres(database.adminUrl, { max: 1 })
  try {
    return [...(await sql.unsafe(query))]
  } finally {
    await sql.end()
  }
}

const cleaning = async (work: () => Promise<void>) => {
  try {
    await work()
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

test('applies each file once, in order', () =>
  cleaning(async () => {
    await write('0002-fill.sql', 'insert into thing values (1); insert into thing values (2)')
    await write('0001-make.sql', 'create table thing (n integer)')
    expect(await run()).toBe(2)
    expect(await run()).toBe(0)
    await write('0003-more.sql', 'insert into thing values (3)')
    expect(await run()).toBe(1)
    expect(await rows('select n from own.thing order by n')).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }])
  }))

test("a file may take longer than the role's statements", () =>
  cleaning(async () => {
    await write('0001-wait.sql', 'select pg_sleep(0.3)')
    const url = new URL(database.adminUrl)
    url.searchParams.set('search_path', 'own')
    url.searchParams.set('statement_timeout', '100')
    expect(await migrate({ url: url.href, directory })).toBe(1)
  }))

test('several at once apply each file once', () =>
  cleaning(async () => {
    await write('0001-make.sql', 'create table thing (n integer); select pg_sleep(0.1)')
    const applied = await Promise.all([run(), run(), run()])
    expect(applied.toSorted()).toEqual([0, 0, 1])
  }))

test('a file that fails leaves nothing of itself and can be mended', () =>
  cleaning(async () => {
    await write('0001-make.sql', 'create table thing (n integer); select nonsense')
    await expect(run()).rejects.toThrow(/0001-make\.sql failed: .*nonsense/)
    expect(await rows("select to_regclass('own.thing') as thing")).toEqual([{ thing: null }])
    await write('0001-make.sql', 'create table thing (n integer)')
    expect(await run()).toBe(1)
  }))

test('a file that was changed after it was applied, or is gone, stops it with a clear message', () =>
  cleaning(async () => {
    await write('0001-make.sql', 'create table thing (n integer)')
    await write('0002-fill.sql', 'insert into thing values (1)')
    await run()
    await write('0001-make.sql', 'create table thing (n bigint)')
    await expect(run()).rejects.toThrow('0001-make.sql was changed after it was applied')
    await unlink(join(directory, '0001-make.sql'))
    await expect(run()).rejects.toThrow('0001-make.sql was applied to this database, but its file is gone')
  }))

test('what a newer release has applied does not stop an older one', () =>
  cleaning(async () => {
    await write('0001-make.sql', 'create table thing (n integer)')
    await write('0002-fill.sql', 'insert into thing values (1)')
    await run()
    await unlink(join(directory, '0002-fill.sql'))
    expect(await run()).toBe(0)
  }))

test('two files with one number, and names of another form, are refused', () =>
  cleaning(async () => {
    await write('0001-make.sql', '')
    await write('0001-fill.sql', '')
    await expect(run()).rejects.toThrow('have the same number')
    await unlink(join(directory, '0001-fill.sql'))
    await write('2-fill.sql', '')
    await expect(run()).rejects.toThrow('is named like 0001-what-it-does.sql')
  }))
