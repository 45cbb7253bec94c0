import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from '@jest/globals'
import { demoLogIn } from './demo-login.js'

test.each([
  ['is refused', 401],
  ['fails', 503],
])('where the log-in %s nothing is told of it', async (_, status) => {
  const gateway = createServer((req, res) => void req.resume().on('end', () => res.writeHead(status).end('{}')))
  await once(gateway.listen(0, '127.0.0.1'), 'listening')
  try {
    expect(await demoLogIn(`http://127.0.0.1:${(gateway.address() as AddressInfo).port}`)).toBe('')
  } finally {
    gateway.close()
  }
})

test('nor where nobody answers', async () => {
  expect(await demoLogIn('http://127.0.0.1:1')).toBe('')
})
