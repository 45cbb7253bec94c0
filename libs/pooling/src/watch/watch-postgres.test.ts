import { testServers } from '@fastpath/testing'
import { afterAll, expect, test } from '@jest/globals'
import postgres from 'postgres'
import { watchPostgres } from './watch-postgres.js'
import { createWatchedRequest, within } from './watched-request.js'

const sql = watchPostgres(postgres(testServers().postgresUrl, { max: 2, onnotice: () => {} }))
afterAll(() => sql.end())

/** How often each statement was counted in what `work` did. */
const countsOf = async (work: () => Promise<unknown>): Promise<Record<string, number>> => {
  const request = createWatchedRequest()
  await within(request, work)
  return request.trace.counts('statement')
}

test('fragments and helpers are parts of a statement, not statements', async () => {
  const counts = await countsOf(async () => {
    const only = sql`where n > ${1} and n < ${sql.unsafe('5')}`
    const rows = await sql`select ${sql('n')} from generate_series(1, ${10}) as n ${only}`
    expect(rows.map(({ n }) => n)).toEqual([2, 3, 4])
    await sql`select * from (values ${sql([[1], [2]])}) as t where ${sql.typed(1, 23)} = 1`
  })
  expect(counts).toEqual({
    'select "n" from generate_series ... n where n > $2 and n < ?': 1,
    'select * from (values $1) as t where $2 = ?': 1,
  })
})

test('what is made and never sent does not count; what is awaited twice counts once', async () => {
  const counts = await countsOf(async () => {
    sql`select 1 as never`
    const once = sql`select 1 as once`
    await Promise.all([once, once])
    await once
  })
  expect(counts).toEqual({ 'select ? as once': 1 })
})

test('cursors, row by row and as portions, give all that they have', async () => {
  const seen: number[] = []
  const counts = await countsOf(async () => {
    for await (const rows of sql`select n from generate_series(1, 5) n`.cursor(2)) seen.push(...rows.map(({ n }) => n))
    await sql`select n from generate_series(6, 7) as n`.forEach(({ n }) => void seen.push(n))
    for await (const [row] of sql`select 8 as n from generate_series(1, 5)`.cursor()) {
      seen.push(row?.n)
      break
    }
  })
  expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  expect(Object.values(counts)).toEqual([1, 1, 1])
})

test('savepoints, reserved connections and texts are watched', async () => {
  const counts = await countsOf(async () => {
    await sql.begin('read only', (tx) => tx.savepoint((inner) => inner`select 1 as in_savepoint`))
    const reserved = await sql.reserve()
    try {
      await reserved`select 1 as reserved`
    } finally {
      reserved.release()
    }
    expect(await sql.unsafe('select $1::integer as n', [7])).toEqual([{ n: 7 }])
    expect(await sql.unsafe('select 7 as n').values()).toEqual([[7]])
  })
  expect(counts).toEqual({
    'select ? as in_savepoint': 1,
    'select ? as reserved': 1,
    'select $1::integer as n': 1,
    'select ? as n': 1,
  })
})

test('the package’s own members are as they were', async () => {
  expect(sql.options.max).toBe(2)
  expect(sql.json({ a: 1 })).toBeDefined()
  expect((await sql`select 1 as n`).count).toBe(1)
})

test('a driver that is not known is left alone, which is told once', async () => {
  const unknown = Object.assign((..._args: unknown[]) => Promise.resolve([{ n: 1 }]), { options: {} })
  const warned: string[] = []
  const { emitWarning } = process
  process.emitWarning = (message: string | Error) => void warned.push(String(message))
  try {
    const odd = watchPostgres(unknown)
    await countsOf(async () => {
      for (const n of [1, 2]) expect(await odd`select ${n}`).toEqual([{ n: 1 }])
    })
    expect(warned).toEqual([expect.stringContaining('this version of postgres')])
  } finally {
    process.emitWarning = emitWarning
  }
})
