import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createConduitClient, natsUrlAs, until } from '@fastpath/testing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startTestStack, type TestStack } from './test-stack.js'

let stack: TestStack
beforeAll(async () => {
  stack = await startTestStack()
})
afterAll(() => stack?.close())

test('at LOG_LEVEL=debug, and where requests fail, no line holds a password, a token or a body', async () => {
  const flags = ['--conditions=@fastpath/source', '--import', import.meta.resolve('tsx')]
  const gateway = spawn(process.execPath, [...flags, fileURLToPath(new URL('./main.ts', import.meta.url))], {
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      NATS_URL: natsUrlAs('gateway'),
      NATS_PREFIX: stack.natsPrefix,
      LOG_LEVEL: 'debug',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [gateway.stdout, gateway.stderr])
    stream.setEncoding('utf8').on('data', (text) => (output += text))
  const ended = new Promise((resolve) => gateway.once('exit', resolve))
  try {
    const url = await until('it is ready', () => /"url":"([^"]+)"/.exec(output)?.[1], 20_000)
    const { post, put, get } = createConduitClient(() => url)
    const [password, wrong, title, name] = ['correct horse', 'wrong horse', 'Told to nobody', `writer${Date.now()}`]
    const user = { username: name, email: `${name}@example.com`, password }
    const { token } = (await post('/api/users', { json: { user } })).body.user
    await post('/api/users/login', { json: { user: { email: user.email, password: wrong } } })
    await post('/api/users/login', { json: { user: { email: user.email, password: 1 } } })
    await post('/api/articles', { token, json: { article: { title } } })
    await get('/api/user', { token: 'a.forged.token' })
    // Nobody serves it any more: what was asked for fails within the gateway.
    await Promise.all([stack.user.kill(), stack.feed.kill()])
    for (const failing of [
      post('/api/users/login', { json: { user: { email: user.email, password } } }),
      put('/api/user', { token, json: { user: { password } } }),
      post('/api/articles', { token, json: { article: { title, description: title, body: title } } }),
    ])
      expect((await failing).status).toBe(503)
    gateway.kill('SIGTERM')
    await ended
    expect(output).toContain('"msg":"stopped"')
    for (const secret of [password, wrong, token, 'a.forged.token', title, name]) expect(output).not.toContain(secret)
  } finally {
    gateway.kill('SIGKILL')
    await ended
  }
}, 60_000)
