import { createDataset, loadDataset } from '@fastpath/fixtures'
import { type Server, type ServiceProcess, startNats, startPostgres } from '@fastpath/servers'
import { createConduitClient, type Person, registerPerson, startTestService, until } from '@fastpath/testing'
import { parseServerTiming } from '@fastpath/timing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startTestStack, type TestStack } from './test-stack.js'

const data = createDataset({ users: 5, articles: 40, tagsPerArticle: 2, favorites: 0, comments: 10, follows: 0 })
const slug = data.article(3).slug
const kept = [
  '/api/articles',
  '/api/tags',
  `/api/articles/${slug}`,
  `/api/articles/${slug}/comments`,
  `/api/profiles/${data.user(1).username}`,
]

let nats: Server
let postgres: Server
let stack: TestStack
let gateway: ServiceProcess
let person: Person
const services: Partial<Record<'feed' | 'user', ServiceProcess>> = {}
beforeAll(async () => {
  ;[nats, postgres] = await Promise.all([startNats({ external: false }), startPostgres({ external: false })])
  stack = await startTestStack({
    natsUrl: nats.url,
    postgresUrl: postgres.url,
    fill: ({ urls }) => loadDataset(urls, data),
  })
  services.feed = stack.feed
  services.user = stack.user
  gateway = await startTestService({
    name: 'gateway',
    natsPrefix: stack.natsPrefix,
    natsUrl: nats.url,
    env: { CACHE_BYTES: '16000000', RESPONSE_CACHE_BYTES: '16000000', RATE_LIMIT_PER_MINUTE: '0' },
  })
  person = await registerPerson(client)
}, 60_000)
afterAll(async () => {
  await gateway?.stop()
  await stack?.close()
  await Promise.all([nats?.stop(), postgres?.stop()])
})

const client = createConduitClient(() => gateway.url ?? '')
const ask = async (path: string, token?: string) => {
  const startedMs = performance.now()
  const { status, body, headers } = await client.get(path, token ? { token } : {})
  const cache = parseServerTiming(headers.get('server-timing') ?? '').find(({ name }) => name === 'cache')?.desc
  return { path, status, body, cache, age: headers.get('age'), retryAfter: headers.get('retry-after'), startedMs }
}
const readyz = async () => {
  const res = await fetch(`${gateway.adminUrl}/readyz`)
  return { status: res.status, body: (await res.json()) as { checks: Record<string, string> } }
}

const killService = async (name: 'feed' | 'user') => services[name]?.kill()
const startService = async (name: 'feed' | 'user') => {
  services[name] = await stack.startService(name)
}
/** What nobody has asked for before, and the gateway keeps nothing of. */
let asked = 0
const deepPage = () => `/api/articles?offset=${1_000 + ++asked}`
const nobody = () => `/api/profiles/nobody-${++asked}`

const askAll = async () => {
  const answers: Awaited<ReturnType<typeof ask>>[] = []
  for (const path of kept) answers.push(await ask(path))
  return answers
}

test.each<[string, () => string, () => Promise<unknown>, () => Promise<unknown>]>([
  ['feed', deepPage, () => killService('feed'), () => startService('feed')],
  ['user', nobody, () => killService('user'), () => startService('user')],
  ['NATS', deepPage, () => nats.kill(), () => nats.restart()],
  ['PostgreSQL', deepPage, () => postgres.kill(), () => postgres.restart()],
])(
  '%s killed: what is kept goes on for readers without a token, with its age; the rest is refused at once',
  async (name, uncached, end, begin) => {
    const before = await askAll()
    expect(before.map(({ status }) => status)).toEqual(kept.map(() => 200))
    await end()

    const isSent = async () => {
      const answers = await askAll()
      for (const [i, { path, status, body, cache, age }] of answers.entries()) {
        const expected = [
          path,
          200,
          before[i]?.body,
          expect.stringMatching(/^(hit|stale)$/),
          expect.stringMatching(/^\d+$/),
        ]
        expect([path, status, body, cache, age]).toEqual(expected)
      }
      return answers
    }
    const isRefused = async (path: string, token?: string) => {
      const { status, retryAfter, startedMs } = await ask(path, token)
      expect([path, status, retryAfter]).toEqual([path, 503, '1'])
      // Far below the time that a request has, 5 s.
      expect(performance.now() - startedMs).toBeLessThan(1_000)
    }
    await until('the loss is known', async () => (await ask(uncached())).status === 503)
    const startedMs = performance.now()
    // Beyond the five seconds for which finished answers are fresh by themselves.
    do {
      await isSent()
      await isRefused(uncached())
    } while (performance.now() - startedMs < 7_000)
    if (name === 'NATS') {
      expect((await isSent()).map(({ cache }) => cache)).toEqual(kept.map(() => 'stale'))
      await isRefused('/api/articles', person.token)
      // It still answers, so it stays in rotation.
      const ready = await readyz()
      expect([ready.status, ready.body.checks.nats]).toEqual([200, expect.not.stringMatching(/^ok$/)])
    }

    await begin()
    await until('it is asked again', async () => (await ask(uncached())).status !== 503, 15_000)
    await client.post(`/api/articles/${slug}/favorite`, { token: person.token })
    await until('all is fresh', async () => (await askAll()).every(({ cache }) => cache === 'hit'), 15_000)
    await client.del(`/api/articles/${slug}/favorite`, { token: person.token })
  },
  60_000,
)
