import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { postgresHome } from '@fastpath/servers'
import { describeWith, until } from '@fastpath/testing'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { connectToEdge } from './test-edge.js'
import { createTestStarts, ready, type TestStarts } from './test-start.js'

let starts: TestStarts
beforeAll(async () => {
  starts = await createTestStarts()
})
afterEach(() => starts.stopAll())
afterAll(() => starts.remove())
const start: TestStarts['start'] = (env, args) => starts.start(env, args)

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('a first start gets everything ready; Ctrl-C stops all of it; a second start finds its data', async () => {
  const first = start()
  const url = await ready(first)
  expect(first.output()).toContain('feed: applied 0001-articles.sql')
  const res = await fetch(`${url}/api/articles`)
  const page = (await res.json()) as { articles: unknown[]; articlesCount: number }
  expect([res.status, page.articles.length, page.articlesCount]).toEqual([200, 20, 500])

  const adminUrl = /all admin pages +(\S+)/.exec(first.output())?.[1] as string
  const adminPage = await (await fetch(adminUrl)).text()
  const readyUrls = [...adminPage.matchAll(/href="([^"]+\/readyz)"/g)].map(([, link]) => link as string)
  expect(readyUrls).toHaveLength(4)
  for (const link of readyUrls) expect((await fetch(link)).status).toBe(200)

  const mailerAdmin = /mailer +over NATS +admin (\S+)/.exec(first.output())?.[1]
  expect(await (await fetch(`${mailerAdmin}/readyz`)).json()).toMatchObject({ checks: { smtp: 'ok', postgres: 'ok' } })
  expect(await (await fetch(`${adminUrl}/mail.json`)).json()).toEqual({ mails: [] })

  expect(adminPage).toContain('href="/latency"')
  const latency = await fetch(`${adminUrl}/latency?window=5m`)
  expect([latency.status, await latency.text()]).toEqual([200, expect.stringMatching(/^ {2}GetArticles +1 /m)])
  const { processes } = (await (await fetch(`${adminUrl}/latency.json`)).json()) as { processes: object }
  expect(processes).toEqual({ feed: 1, gateway: 1, mailer: 1, user: 1 })

  const pidFile = join(await postgresHome(join(starts.dataDir, 'postgres')), 'data/postmaster.pid')
  const postgresPid = Number((await readFile(pidFile, 'utf8')).split('\n')[0])
  expect(isAlive(postgresPid)).toBe(true)
  const stoppedMs = performance.now()
  first.child.kill('SIGTERM')
  expect(await first.ended).toBe(0)
  expect(performance.now() - stoppedMs).toBeLessThan(10_000)
  expect(isAlive(postgresPid)).toBe(false)
  await expect(fetch(adminUrl)).rejects.toThrow()

  const second = start()
  await ready(second)
  expect(second.output()).not.toContain('applied')
  second.child.kill('SIGINT')
  expect(await second.ended).toBe(0)
}, 90_000)

test('a second stack on the same data is refused; a killed service comes back, and so does a killed stack', async () => {
  const first = start()
  const url = await ready(first)
  const other = start()
  expect(await other.ended).toBe(1)
  expect(other.output()).toMatch(/running already \(process \d+\)/)

  const feedAdmin = /feed +over NATS +admin (\S+)/.exec(first.output())?.[1] as string
  const pid = await pidBehind(feedAdmin)
  process.kill(pid, 'SIGKILL')
  await until('said so', () => first.output().includes('feed has stopped (SIGKILL)'))
  await until('feed is back', () => first.output().includes('feed is back'), 20_000)
  expect((await fetch(`${url}/api/articles`)).status).toBe(200)

  first.child.kill('SIGKILL')
  await first.ended
  await until('its services end too', async () => !(await fetch(url).catch(() => undefined)), 15_000)
  // What is still being stopped makes the next start wait or say so, never fail with a half-written folder.
  const again = await until(
    'a next start works',
    async () => {
      const next = start()
      const outcome = await Promise.race([ready(next).catch(() => undefined), next.ended.then(() => undefined)])
      return outcome ? next : undefined
    },
    60_000,
  )
  again.child.kill('SIGTERM')
  expect(await again.ended).toBe(0)
}, 150_000)

describeWith(['nginx', 'pgbouncer'], 'with --edge', () => {
  test('the same stack is reached over HTTPS, and its services PostgreSQL through the pooler', async () => {
    const started = start({ EDGE_PORT: '0' }, ['--edge'])
    await ready(started)
    const url = /edge +(https:\S+)/.exec(started.output())?.[1] as string
    const edge = await connectToEdge(url)
    try {
      const { status, headers, body } = await edge.get('/api/articles', { 'accept-encoding': 'br' })
      expect([edge.protocol, status, headers['content-encoding']]).toEqual(['h2', 200, 'br'])
      expect(body.length).toBeGreaterThan(500)
    } finally {
      edge.close()
    }
    expect(started.output()).toMatch(/^ {2}pooler +postgres:/m)
    started.child.kill('SIGTERM')
    expect(await started.ended).toBe(0)
  }, 90_000)
})

const pidBehind = async (adminUrl: string): Promise<number> => {
  const metrics = await (await fetch(`${adminUrl}/metrics`)).text()
  return Number(/^process_pid (\d+)$/m.exec(metrics)?.[1])
}

test('a start that was killed at any moment is no harm to the next', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fastpath-killed-'))
  try {
    for (const afterMs of [500, 900, 1_400, 2_000]) {
      const killed = start({ DATA_DIR: folder })
      await new Promise((resolve) => setTimeout(resolve, afterMs))
      killed.child.kill('SIGKILL')
      await killed.ended
    }
    const next = await until(
      'a next start works',
      async () => {
        const attempt = start({ DATA_DIR: folder })
        const outcome = await Promise.race([ready(attempt).catch(() => undefined), attempt.ended.then(() => undefined)])
        return outcome ? attempt : undefined
      },
      60_000,
    )
    const url = /^ready on (\S+)$/m.exec(next.output())?.[1]
    const page = (await (await fetch(`${url}/api/articles`)).json()) as { articlesCount: number }
    expect(page.articlesCount).toBe(500)
    next.child.kill('SIGTERM')
    expect(await next.ended).toBe(0)
  } finally {
    await start({ DATA_DIR: folder }, ['--reset']).ended
    await rm(folder, { recursive: true, force: true })
  }
}, 120_000)

const refusals = async (env: NodeJS.ProcessEnv): Promise<string> => {
  const refused = start(env)
  expect(await refused.ended).toBe(1)
  expect(refused.output()).not.toMatch(/^\s+at .+:\d+:\d+/m)
  return refused.output()
}

test('a taken port is named, with the setting that chooses another', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  try {
    const { port } = taken.address() as { port: number }
    expect(await refusals({ PORT: String(port) })).toContain(`port ${port} is taken: choose another, as in PORT=`)
    expect(await refusals({ ADMIN_PORT: String(port) })).toContain(
      `port ${port} is taken: choose another, as in ADMIN_PORT=`,
    )
  } finally {
    taken.close()
  }
})

test('wrong settings are all told at once', async () => {
  const output = await refusals({ PORT: 'x', ADMIN_PORT: '99999' })
  expect(output).toContain('PORT         is "x"; takes a whole number from 0 to 65535')
  expect(output).toContain('ADMIN_PORT   is "99999"')
})

test.each([
  ['that is none', 'nonsense'],
  ['where nobody answers', 'postgres://postgres:secret@127.0.0.1:1/postgres'],
])('a DATABASE_URL %s is named, its password is not', async (_, url) => {
  const output = await refusals({ DATABASE_URL: url })
  expect(output).toContain('DATABASE_URL')
  expect(output).not.toContain('secret')
})

test('--help tells the commands and settings', async () => {
  const helped = start({}, ['--help'])
  expect(await helped.ended).toBe(0)
  for (const word of ['npm start', 'npm run reset', 'PORT', 'ADMIN_PORT', 'DATABASE_URL', 'SMTP_URL'])
    expect(helped.output()).toContain(word)
})
