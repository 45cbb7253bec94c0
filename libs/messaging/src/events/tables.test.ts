import { readdir, readFile } from 'node:fs/promises'
import { expect, test } from '@jest/globals'
import { inboxTables, outboxTable } from './tables.js'

const apps = new URL('../../../../apps/', import.meta.url)

test('the outboxes and inboxes of all services are the library’s', async () => {
  const files = (await readdir(apps, { recursive: true })).filter(
    (file) => /^[^/]+\/migrations\/\d{4}-(out|in)box\.sql$/.test(file) && !file.includes('node_modules'),
  )
  expect(files).toEqual(expect.arrayContaining([expect.stringMatching(/^user\//), expect.stringMatching(/^feed\//)]))
  for (const file of files) {
    const text = await readFile(new URL(file, apps), 'utf8')
    expect([file, text]).toEqual([file, file.endsWith('-outbox.sql') ? outboxTable : inboxTables])
  }
})
