import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { keepAliveTimeoutMs, sendHead, type WrittenHead, writeHead } from './written-head.js'

const headers = ['content-type', 'text/plain; charset=utf-8', 'content-length', '8', 'etag', '"abc"', 'vary', 'Origin']
const more = ['vary', 'Accept-Encoding', 'x-request-id', '0af7651916cd43dd8448eb211c80319c']
const body = Buffer.from('höchst!')
const missing = writeHead(404, headers)
const answers: Record<string, { readonly head: WrittenHead; readonly body?: Buffer }> = {
  '/found': { head: writeHead(200, headers), body },
  '/missing': { head: missing, body },
  '/same': { head: writeHead(304, ['etag', '"abc"']) },
}
type Answer = (typeof answers)[string]

const ours = (res: ServerResponse, { head, body }: Answer) => {
  sendHead(res, head, more)
  res.end(body)
}
const nodes = (res: ServerResponse, { head, body }: Answer) => {
  res.writeHead(head.status, [...head.headers, ...more]).end(body)
}

const serve = async (send: typeof ours): Promise<Server> => {
  const server = createServer(({ url = '' }, res) => send(res, answers[url] as Answer))
  server.keepAliveTimeout = keepAliveTimeoutMs
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server
}
const servers: Server[] = []
beforeAll(async () => {
  servers.push(await serve(ours), await serve(nodes))
})
afterAll(() => {
  for (const server of servers) server.close()
})

/** All that comes until the server closes, with the date of no particular second. */
const exchange = async (server: Server, sent: string): Promise<string> => {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.write(sent)
  return (await text(socket)).replace(/^Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r$/gm, 'Date: now\r')
}

const ask = (path: string, { method = 'GET', version = '1.1', connection = '' } = {}): string =>
  `${method} ${path} HTTP/${version}\r\nHost: localhost\r\n${connection && `Connection: ${connection}\r\n`}\r\n`

test.each(['/found', '/missing', '/same'])('%s is, line by line, what Node would have sent', async (path) => {
  const sent = [
    ask(path) + ask(path, { method: 'HEAD' }) + ask(path, { connection: 'close' }),
    ask(path, { version: '1.0' }),
    ask(path, { method: 'HEAD', connection: 'close' }),
  ]
  // Without a length Node ends such a connection, though a 304 has none.
  if (path !== '/same')
    sent.push(ask(path, { version: '1.0', connection: 'keep-alive' }) + ask(path, { connection: 'close' }))
  for (const bytes of sent) {
    const [written, expected] = await Promise.all(servers.map((server) => exchange(server, bytes)))
    expect(lines(written)).toEqual(lines(expected))
    expect(written).toContain('Date: now')
  }
})

/** Those of a head in any order. */
const lines = (answer = ''): string[] => answer.split('\r\n').toSorted()

test('a value that would be more than one header is refused when the head is written', () => {
  expect(() => writeHead(200, ['link', '</a>\r\nset-cookie: a=b'])).toThrow('Invalid character in header')
})

test('whoever looks at the answer afterwards sees its status, and that the head is sent', async () => {
  const seen: unknown[] = []
  const server = createServer((_req, res) => {
    sendHead(res, missing, more)
    seen.push(res.statusCode, res.headersSent)
    res.once('finish', () => seen.push('finish')).end(body)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404)
  expect(seen).toEqual([404, true, 'finish'])
  server.closeAllConnections()
  server.close()
})
