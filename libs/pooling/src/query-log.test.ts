import { until } from '@fastpath/testing'
import { Call, createSweeper } from '@fastpath/timing'
import { expect, test } from '@jest/globals'
import { createQueryLog } from './query-log.js'

const openLog = () => {
  const written: string[] = []
  const log = createQueryLog({ pool: 'feed', sweeper: createSweeper(), write: (text) => written.push(text) })
  return { log, written }
}
const query = (statement: string, rows?: number) => ({ statement, tookMs: 1.25, rows, site: 'apps/feed/src/a.ts:7' })

test('a call is written as one block when it ends: its statements in order, then the totals', () => {
  const { log, written } = openLog()
  const [one, other] = [new Call({ timeoutMs: 1_000 }), new Call({ timeoutMs: 1_000 })]
  log.add(one, query('article_page', 20))
  log.add(other, query('most_used_tags', 1))
  log.add(one, query('article_count'))
  expect(written).toEqual([])
  one.end('feed.listArticles')
  other.end('feed.listTags')
  expect(written).toHaveLength(2)
  const [head, first, second, total] = written[0]?.split('\n') ?? []
  expect(head).toBe(`feed: feed.listArticles, trace ${one.trace.context.traceId}`)
  expect(first).toMatch(/^ +1\.25 ms +20 rows {2}article_page +apps\/feed\/src\/a\.ts:7$/)
  expect(second).toMatch(/^ +1\.25 ms +failed {2}article_count +apps\/feed\/src\/a\.ts:7$/)
  expect(total).toMatch(/^ {2}= 2 statements, 20 rows, 2\.50 ms in PostgreSQL of \d+\.\d\d ms$/)
  expect(written[1]).toMatch(/= 1 statement, 1 row, 1\.25 ms/)
})

test('a call of whose end nobody tells is written at its deadline, once', async () => {
  const { log, written } = openLog()
  const call = new Call({ timeoutMs: 30 })
  log.add(call, query('one', 1))
  await until('the block is written', () => written.length > 0)
  call.end('late')
  expect(written).toHaveLength(1)
  expect(written[0]).toContain('feed: a call, trace')
})

test('of very many statements the first are shown, and all are in the totals', () => {
  const { log, written } = openLog()
  const call = new Call({ timeoutMs: 1_000 })
  for (let i = 0; i < 1_000; i++) log.add(call, query('one', 1))
  call.end('much')
  expect(written[0]?.split('\n').length).toBeLessThan(250)
  expect(written[0]).toContain('… and 800 more')
  expect(written[0]).toContain('= 1000 statements, 1000 rows')
})
