import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { conduitEvents } from './conduit/events.js'
import { feedContract } from './conduit/feed.js'
import { userContract } from './conduit/user.js'
import { layoutChanges } from './layout/changes.js'
import type { Contract } from './operation.js'

/**
 * Every layout that was ever on main, as it was. Two releases talk during a roll-out, so a layout may only grow at its
 * end, by optional fields. `npm run lock -w @fastpath/contracts` writes down what has grown; what has changed otherwise
 * needs an operation of a new name.
 */
const lockPath = fileURLToPath(new URL('../layouts.lock.json', import.meta.url))

/** By subject: `input` and `output` of an operation, `data` of an event. */
type Lock = Record<string, Record<string, readonly string[]>>

const contracts: readonly Contract[] = [feedContract, userContract]
const current: Lock = Object.fromEntries([
  ...contracts
    .flatMap((contract) => Object.values(contract))
    .map(({ subject, input, output }) => [subject, { input: input.description, output: output.description }]),
  ...conduitEvents.map(({ subject, data }) => [subject, { data: data.description }]),
])
const locked: Lock = JSON.parse(readFileSync(lockPath, 'utf8'))

test('every locked layout can still be read, and reads what is written now', () => {
  const changes = Object.entries(locked).flatMap(([subject, layouts]) =>
    Object.entries(layouts).flatMap(([name, lines]) =>
      layoutChanges(lines, current[subject]?.[name] ?? []).map((change) => `${subject}, ${name}: ${change}`),
    ),
  )
  expect(changes).toEqual([])
  if (process.env.UPDATE_LAYOUTS_LOCK) writeFileSync(lockPath, `${JSON.stringify(current, null, 2)}\n`)
})

test('every layout of today is locked', () => {
  expect(process.env.UPDATE_LAYOUTS_LOCK ? current : locked).toEqual(current)
})

test('a changed or missing field would be told', () => {
  const { input = [], output = [] } = current['feed.getArticle'] ?? {}
  expect(layoutChanges(output, output.slice(0, -1))).toHaveLength(1)
  expect(
    layoutChanges(
      output,
      output.map((line) => line.replace('string', 'integer')),
    ),
  ).not.toEqual([])
  expect(layoutChanges(input, [])).not.toEqual([])
  expect(current['events.comment.added']?.data).toContain('  articleAuthorId: integer')
})
