import { createDataset, loadDataset } from '@fastpath/fixtures'
import { administer } from '@fastpath/testing'
import { parseServerTiming } from '@fastpath/timing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startTestStack, type TestStack } from './test-stack.js'

const data = createDataset({ users: 3, articles: 5, tagsPerArticle: 1, favorites: 0, comments: 0, follows: 0 })
const path = `/api/articles/${data.article(1).slug}`

let stack: TestStack
beforeAll(async () => {
  stack = await startTestStack({
    fill: ({ urls }) => loadDataset(urls, data),
  })
})
afterAll(() => stack?.close())

/** The median of each entry over some requests, in milliseconds. */
const medians = async (): Promise<Record<string, number>> => {
  const seen: Record<string, number[]> = {}
  for (let i = 0; i < 15; i++) {
    const res = await fetch(stack.url + path)
    await res.arrayBuffer()
    for (const { name, durMs = 0 } of parseServerTiming(res.headers.get('server-timing') ?? '')) {
      seen[name] = [...(seen[name] ?? []), durMs]
    }
  }
  return Object.fromEntries(Object.entries(seen).map(([name, all]) => [name, all.toSorted((a, b) => a - b)[7] ?? 0]))
}

test('50 ms spent in one statement show in its service, its database and the totals, and nowhere else', async () => {
  await medians()
  const before = await medians()
  await administer(stack.database.adminUrl, async (sql) => {
    await sql`alter table feed.article rename to article_table`
    await sql`create view feed.article as select article_table.* from (select pg_sleep(0.05)) as slow, feed.article_table`
    await sql`grant select on feed.article to public`
    await sql`alter view feed.article owner to ${sql(new URL(stack.database.urls.feed).username)}`
  })
  const after = await medians()
  const moved = Object.fromEntries(Object.entries(after).map(([name, ms]) => [name, ms - (before[name] ?? 0)]))
  for (const name of ['total', 'db', 'feed', 'feed.db']) {
    expect(moved[name]).toBeGreaterThan(45)
    expect(moved[name]).toBeLessThan(65)
  }
  for (const name of ['serialize', 'user', 'user.db']) expect(Math.abs(moved[name] ?? 99)).toBeLessThan(5)
})
