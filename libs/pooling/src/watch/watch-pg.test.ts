import { testServers } from '@fastpath/testing'
import { afterAll, expect, test } from '@jest/globals'
import pg from 'pg'
import { watchPg } from './watch-pg.js'
import { createWatchedRequest, currentRequest, within } from './watched-request.js'

const connectionString = testServers().postgresUrl
const pool = watchPg(new pg.Pool({ connectionString, max: 1 }))
afterAll(() => pool.end())

const watched = async (work: () => Promise<unknown>) => {
  const request = createWatchedRequest()
  await within(request, work)
  return { request, counts: request.trace.counts('statement') }
}

test('callbacks get what they always got, once, and run in their own request', async () => {
  const inOther = createWatchedRequest()
  const seen: unknown[] = []
  const { counts } = await watched(
    () =>
      new Promise<void>((resolve, reject) => {
        const request = currentRequest()
        // One client: this one waits until the other's gives it back.
        within(inOther, () => void pool.query('select pg_sleep(0.02)'))
        pool.connect((error, client, release) => {
          if (error || !client) return reject(error)
          const isSame = currentRequest() === request
          client.query('select $1::integer as n', [7], (error, result) => {
            release()
            seen.push(error, result.rows, isSame, currentRequest() === request)
            pool.query('select 1/0', (error) => {
              seen.push((error as { code?: string }).code)
              resolve()
            })
          })
        })
      }),
  )
  expect(seen).toEqual([null, [{ n: 7 }], true, true, '22012'])
  expect(counts).toEqual({ 'select $1::integer as n': 1, 'select ?/?': 1 })
  expect(inOther.trace.counts('statement')).toEqual({ 'select pg_sleep(?)': 1 })
})

test('a named statement is called by its name, an object by its text', async () => {
  const { counts } = await watched(async () => {
    await pool.query({ name: 'the_answer', text: 'select $1::integer as n', values: [42] })
    await pool.query({ text: 'select $1::integer as n', values: [42], rowMode: 'array' })
  })
  expect(counts).toEqual({ the_answer: 1, 'select $1::integer as n': 1 })
})

test('a client of its own is watched as well; twice watched counts once', async () => {
  const client = watchPg(watchPg(new pg.Client({ connectionString })))
  await client.connect()
  try {
    const { counts } = await watched(() => client.query('select 1 as n'))
    expect(counts).toEqual({ 'select ? as n': 1 })
  } finally {
    await client.end()
  }
})

test('what sends itself, as cursors do, is left to itself', async () => {
  const { counts } = await watched(async () => {
    const client = await pool.connect()
    try {
      const rows: unknown[] = []
      const query = new pg.Query({ text: 'select n from generate_series(1, 3) as n' })
      const ended = new Promise((resolve) => query.on('end', resolve))
      query.on('row', (row) => rows.push(row))
      expect(client.query(query)).toBe(query)
      await ended
      expect(rows).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }])
    } finally {
      client.release()
    }
  })
  expect(counts).toEqual({ 'select n from generate_series(?, ?) as n': 1 })
})

test('wrong use fails as it did', async () => {
  await watched(() => expect(pool.query(null as never)).rejects.toThrow('null or undefined query'))
})
