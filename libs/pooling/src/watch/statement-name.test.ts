import { expect, test } from '@jest/globals'
import { statementName } from './statement-name.js'

test.each([
  ['select 1', 'select ?'],
  ['select  *\n\tfrom t -- all of it\n where a = $1', 'select * from t where a = $1'],
  [`select /* why */ 'it''s', "Name 1" from t1 where n > 1.5`, `select ?, "Name 1" from t1 where n > ?`],
  ['select * from t where id in ($1, $2,$3)', 'select * from t where id in (...)'],
  ['select * from t where id IN (7)', 'select * from t where id in (...)'],
  [
    `select id, title, description, body, created_at from article where slug = $1`,
    'select id, title, description, ... article where slug = $1',
  ],
])('%j is called %j', (text, name) => {
  expect(statementName(text)).toBe(name)
  expect(name.length).toBeLessThanOrEqual(60)
})

test('the same statement with other values has the same name', () => {
  const text = (id: number, word: string) => `select * from author where id = ${id} and name <> '${word}'`
  expect(statementName(text(7, 'a'))).toBe(statementName(text(12, "b''c")))
})

test('two long ones that differ in their middle alone are told apart', () => {
  const text = (table: string) =>
    `select id, name, email, created_at, updated_at from ${table} where deleted_at is null`
  const [first, second] = [statementName(text('customer')), statementName(text('supplier'))]
  expect(second).toBe(`${first} (2)`)
  expect(statementName(`${text('supplier')} `)).toBe(second)
})

test('however many texts there are, and however long, naming ends', () => {
  for (let i = 0; i < 5_000; i++) statementName(`select column_${i} ${'x'.repeat(60)} from t`)
  expect(statementName(`insert into t values ${'($1), '.repeat(1_000_000)}`).length).toBeLessThanOrEqual(70)
})
