import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createDataset, loadDataset } from '@fastpath/fixtures'
import { formatPrometheus, type JudgeMode, type Log, parseServerTiming } from '@fastpath/timing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Clients } from './clients.js'
import { startTestStack, type TestStack, type TestStackOptions } from './test-stack.js'

const data = createDataset({ users: 20, articles: 20, tagsPerArticle: 1, favorites: 0, comments: 0, follows: 0 })
const authors = new Set(Array.from({ length: 20 }, (_, i) => data.article(i + 1).authorId)).size
const naiveUser = fileURLToPath(new URL('./test-naive-user.ts', import.meta.url))

/** The gateway as it must not be: where there is a batch operation, it calls for one after the other. */
const naively = (clients: Clients): Clients => ({
  ...clients,
  user: {
    ...clients.user,
    async getProfiles(call, { ids }) {
      const ask = (id: number) => clients.user.getProfile(call, { username: data.user(id).username }) // planted: one call each
      return { profiles: await Promise.all(ids.map(ask)) }
    },
  },
})

const siteOf = (file: string, mark: string): string => {
  const lines = readFileSync(new URL(`./${file}`, import.meta.url), 'utf8').split('\n')
  return `apps/gateway/src/${file}:${lines.findIndex((line) => line.endsWith(`// planted: ${mark}`)) + 1}`
}
const planted = [
  {
    what: 'calls between services',
    services: 'well',
    clients: naively,
    name: 'user.getProfile',
    site: siteOf('n-plus-one.test.ts', 'one call each'),
    advice: 'an operation that takes many keys',
  },
  {
    what: 'SQL of another process',
    services: 'naive',
    clients: (own: Clients) => own,
    name: 'profile_by_id',
    site: siteOf('test-naive-user.ts', 'one statement each'),
    advice: 'one statement with = ANY($1)',
  },
] as const

let stacks: Record<'well' | 'naive', TestStack>
beforeAll(async () => {
  const fill: TestStackOptions['fill'] = ({ urls }) => loadDataset(urls, data)
  const [well, naive] = await Promise.all([startTestStack({ fill }), startTestStack({ fill, userEntry: naiveUser })])
  stacks = { well, naive }
}, 60_000)
afterAll(async () => {
  await stacks?.well.close()
  await stacks?.naive.close()
})

const start = async (
  { services, clients }: Pick<(typeof planted)[number], 'services' | 'clients'>,
  nPlusOne: JudgeMode,
) => {
  const lines: { details: Record<string, unknown>; message: string }[] = []
  const note = (details: object, message: string) => void lines.push({ details: { ...details }, message })
  const log: Log = { debug: note, info: note, warn: note, error: note }
  const gateway = await stacks[services].startGateway({ nPlusOne, log, clients })
  const ask = async (path = '/api/articles') => {
    const res = await fetch(gateway.url + path)
    const entries = parseServerTiming(res.headers.get('server-timing') ?? '')
    const noted = entries.filter(({ name }) => name === 'n-plus-one').map(({ desc }) => desc)
    return { status: res.status, body: (await res.json()) as { articles: unknown[] }, noted }
  }
  const told = () => lines.filter(({ message }) => message.startsWith('n-plus-one'))
  return { ask, lines, told, gateway }
}

test.each(planted)('warn: $what are told of with file and line, in Server-Timing and once in the log', async (it) => {
  const { ask, told, gateway } = await start(it, 'warn')
  for (let i = 0; i < 3; i++) {
    const { status, body, noted } = await ask()
    expect([status, body.articles.length]).toEqual([200, 20])
    expect(noted).toEqual([`${it.name} ${authors}x at ${it.site}`])
  }
  const { routeId: route, call } = gateway.calls.at(-1) ?? {}
  expect(told()).toHaveLength(1)
  expect(told()[0]?.details).toMatchObject({
    verdict: 'n-plus-one',
    name: it.name,
    count: authors,
    site: it.site,
    route,
  })
  expect(told()[0]?.message).toContain(it.advice)
  expect(formatPrometheus(gateway.metrics)).toContain(
    `fastpath_verdicts_total{verdict="n-plus-one",route="${route}"} 3\n`,
  )
  expect(call?.trace).not.toHaveNoNPlusOne()
})

test.each(planted)('fail: $what fail the request, which says what it was and where', async (it) => {
  const { ask, lines } = await start(it, 'fail')
  const says = `${it.name} ${authors}x at ${it.site}`
  const { status, body, noted } = await ask()
  expect([status, body]).toEqual([500, { errors: { 'n-plus-one': [says] } }])
  expect(noted).toEqual([says])
  const failed = lines.find(({ message }) => message === 'a request has failed')
  expect(failed?.details.err).toMatchObject({
    message: expect.stringContaining(`n-plus-one: ${says}; ask for all at once`),
  })
  expect((await ask('/api/articles?limit=5')).status).toBe(200)
})

test('count: the answer tells nothing, the counters and one example in the log do', async () => {
  const { ask, told, gateway } = await start(planted[0], 'count')
  for (let i = 0; i < 3; i++) expect((await ask()).noted).toEqual([])
  expect(told()).toHaveLength(1)
  expect(formatPrometheus(gateway.metrics)).toMatch(/fastpath_verdicts_total\{verdict="n-plus-one",route="[^"]+"\} 3\n/)
})
