import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { feedContract } from '@fastpath/contracts'
import { connect } from '@fastpath/messaging'
import { conduitSuite, createConduitClient, registerPerson, until } from '@fastpath/testing'
import { Call } from '@fastpath/timing'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createTestStarts, ready, type Start, type TestStarts } from './test-start.js'

let starts: TestStarts
let started: Start
let url: string
beforeAll(async () => {
  starts = await createTestStarts()
  started = starts.start()
  url = await ready(started)
}, 90_000)
afterAll(async () => {
  await starts.stopAll()
  await starts.remove()
}, 30_000)

describe('what `npm start` has started', () => conduitSuite(() => url))

describe('the rights of its services', () => {
  const brokerLog = () => readFile(join(starts.dataDir, 'nats/server.log'), 'utf8')

  test('are enough for mails of every kind, for latencies of all, and for an operator; the broker refuses nothing', async () => {
    const client = createConduitClient(() => url)
    const [author, reader] = [await registerPerson(client), await registerPerson(client)]
    const article = { title: 'What is mine', description: 'a', body: 'b' }
    const { body } = await client.post('/api/articles', { token: author.token, json: { article } })
    await client.post(`/api/articles/${body.article.slug}/comments`, {
      token: reader.token,
      json: { comment: { body: 'and mine' } },
    })
    await client.post(`/api/profiles/${author.username}/follow`, { token: reader.token })
    const adminUrl = /all admin pages +(\S+)/.exec(started.output())?.[1]
    const admin = createConduitClient(() => adminUrl ?? '')
    await until('three mails to the author', async () => {
      const { mails } = (await admin.get('/mail.json')).body as { mails: { to: string }[] }
      return mails.filter(({ to }) => to.includes(author.email.toLowerCase())).length === 3
    })
    const { processes } = (await admin.get('/latency.json')).body
    expect(processes).toEqual({ feed: 1, gateway: 1, mailer: 1, user: 1 })
    const file = fileURLToPath(new URL('./dead-letters.ts', import.meta.url))
    const flags = ['--conditions=@fastpath/source', '--import', import.meta.resolve('tsx'), file, 'list']
    const env = { PATH: process.env.PATH, DATA_DIR: starts.dataDir }
    const { stdout } = await promisify(execFile)(process.execPath, flags, { env })
    expect(stdout).toBe('no dead letters\n')
    expect(await brokerLog()).not.toContain('Violation')
  }, 40_000)

  test('are no more than that: what is not theirs is forbidden, and the broker says who has tried', async () => {
    const bus = await connect({ url: await readFile(join(starts.dataDir, 'nats.url'), 'utf8'), name: 'test' })
    try {
      const call = new Call({ timeoutMs: 5_000 })
      await expect(bus.client(feedContract).listTags(call, {})).rejects.toMatchObject({ code: 'FORBIDDEN' })
    } finally {
      await bus.close()
    }
    expect(await brokerLog()).toMatch(/Publish Violation - .*"operator".*"feed\.listTags"/)
    const anybody = new URL(await readFile(join(starts.dataDir, 'nats.url'), 'utf8')).host
    await expect(connect({ url: `nats://${anybody}`, name: 'test' })).rejects.toMatchObject({
      code: 'AUTHORIZATION_VIOLATION',
    })
  })
})

describe('the log-in that it tells', () => {
  const told = () => /^ {2}Log in as (\S+@\S+) with (\S+),/m.exec(started.output())

  test('logs in, as somebody who follows others', async () => {
    const [, email, password] = told() ?? []
    const { post, get } = createConduitClient(() => url)
    const { status, body } = await post('/api/users/login', { json: { user: { email, password } } })
    expect([status, body.user.email]).toEqual([200, email])
    const feed = await get('/api/articles/feed', { token: body.user.token })
    expect(feed.body.articles).toHaveLength(20)
  })

  test('has a line for a shell, which reads the personal feed as it stands', async () => {
    const line = /^ {4}(curl .*\/api\/articles\/feed.*)$/m.exec(started.output())?.[1] ?? ''
    const { stdout } = await promisify(execFile)('sh', ['-c', line])
    expect(JSON.parse(stdout).articles).toHaveLength(2)
  })
})

test('who signs up finds a welcome mail in the mailbox', async () => {
  const [, adminUrl = ''] = /^ {2}all admin pages +(\S+)$/m.exec(started.output()) ?? []
  const { username, email } = await registerPerson(createConduitClient(() => url))
  const mail = await until('it is there', async () => {
    const { body } = await createConduitClient(() => adminUrl).get('/mail.json')
    return body.mails.find(({ to }: { to: string }) => to.toLowerCase() === email.toLowerCase())
  })
  expect(mail.subject).toBe(`Welcome to Conduit, ${username}`)
})
