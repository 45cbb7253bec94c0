import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { createDataset, demoSize } from '@fastpath/fixtures'
import { startNginx } from '@fastpath/servers'
import { describeWith } from '@fastpath/testing'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { connectToEdge } from './test-edge.js'
import { type EdgeStack, hostOf, startEdgeStack } from './test-edge-stack.js'

jest.setTimeout(60_000)

describeWith(['nginx', 'pgbouncer'], 'the shipped nginx.conf and pgbouncer.ini', () => {
  let stack: EdgeStack
  beforeAll(async () => {
    stack = await startEdgeStack()
  })
  afterAll(() => stack?.stop())

  const page = '/api/articles?limit=20'
  const get = (path: string, acceptEncoding?: string) =>
    stack.client.get(path, acceptEncoding === undefined ? {} : { 'accept-encoding': acceptEncoding })

  test.each([
    ['nginx/nginx.conf', () => stack.edge.folder],
    ['pgbouncer/pgbouncer.ini', () => stack.pooler.folder],
  ])('of %s nothing is changed but its placeholders', async (path, folder) => {
    const shipped = await readFile(new URL(`../../${path}`, import.meta.url), 'utf8')
    const run = await readFile(join(folder() ?? '', 'data', basename(path)), 'utf8')
    expect(run).toMatch(
      new RegExp(
        `^${shipped
          .split(/\$\{\w+\}/)
          .map(escaped)
          .join('.*')}$`,
      ),
    )
  })

  test('HTTP/2 is agreed on by ALPN; TLS 1.2 and 1.3 are spoken, 1.1 is not', async () => {
    const { client, edge } = stack
    expect(client.protocol).toBe('h2')
    expect(await tlsVersion(edge.url, 'TLSv1.2')).toBe('TLSv1.2')
    expect(await tlsVersion(edge.url, 'TLSv1.3')).toBe('TLSv1.3')
    await expect(tlsVersion(edge.url, 'TLSv1.1')).rejects.toThrow()
  })

  test.each([
    ['gzip', gunzipSync],
    ['br', brotliDecompressSync],
  ])('a page of 20 articles is at least 60 % smaller with %s, and the same', async (coding, decompress) => {
    const plain = await get(page)
    const small = await get(page, coding)
    expect(plain.headers['content-encoding']).toBeUndefined()
    expect(small.headers['content-encoding']).toBe(coding)
    expect(small.headers.vary).toMatch(/accept-encoding/i)
    expect(JSON.parse(plain.body.toString()).articles).toHaveLength(20)
    expect(decompress(small.body)).toEqual(plain.body)
    expect(small.body.length).toBeLessThan(plain.body.length * 0.4)
  })

  test('what the gateway sends as it is to a client that takes gzip too, nginx compresses', async () => {
    const byGateway = await get(page, 'gzip')
    const byNginx = await get(page, 'identity, gzip;q=0.5')
    expect(byNginx.headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(byNginx.body)).toEqual(gunzipSync(byGateway.body))
    // Level 6 beside the gateway's 1.
    expect(byNginx.body.length).toBeLessThan(byGateway.body.length)
  })

  test.each(['gzip', 'br'])('small answers are not compressed with %s, errors or not', async (coding) => {
    const { username } = createDataset(demoSize).user(1)
    const found = await get(`/api/profiles/${username}`, coding)
    expect([found.status, found.headers['content-encoding']]).toEqual([200, undefined])
    expect(JSON.parse(found.body.toString())).toMatchObject({ profile: { username } })
    const unknown = await get('/api/profiles/nobody-of-that-name', coding)
    expect([unknown.status, unknown.headers['content-encoding']]).toEqual([404, undefined])
    expect(JSON.parse(unknown.body.toString())).toEqual({ errors: { profile: ['not found'] } })
  })

  test('what the gateway keeps compressed passes as it is, with its ETag', async () => {
    const keeper = await stack.startGateway({ RESPONSE_CACHE_BYTES: '10000000' })
    const front = await startNginx({ gateways: [hostOf(keeper)] })
    const asking = await connectToEdge(front.url)
    try {
      const plain = await asking.get(page)
      for (const [coding, decompress] of [
        ['gzip', gunzipSync],
        ['br', brotliDecompressSync],
      ] as const) {
        const { headers, body } = await asking.get(page, { 'accept-encoding': coding })
        expect(headers).toMatchObject({ 'content-encoding': coding, 'content-length': `${body.length}` })
        // Of what is compressed on the way nginx makes it weak.
        expect(headers.etag).toMatch(new RegExp(`^"[\\w-]+-${coding}"$`))
        expect(headers['server-timing']).toMatch(/cache;desc="hit", edge;/)
        expect(decompress(body)).toEqual(plain.body)
      }
    } finally {
      asking.close()
      await front.stop()
      await keeper.stop()
    }
  })

  test('what the gateway sends compressed passes as it is; what it hides of its times, the edge hides too', async () => {
    const stored = gzipSync(JSON.stringify({ text: 'x'.repeat(5_000) }), { level: 1 })
    const upstream = createServer((req, res) => {
      res.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip', etag: '"v1"' })
      res.end(req.headers['x-forwarded-for'] === '127.0.0.1' ? stored : '')
    }).listen(0, '127.0.0.1')
    await once(upstream, 'listening')
    const front = await startNginx({ gateways: [`127.0.0.1:${(upstream.address() as AddressInfo).port}`] })
    const asking = await connectToEdge(front.url)
    try {
      const { headers, body } = await asking.get('/', {
        'accept-encoding': 'br, gzip',
        'x-forwarded-for': '10.0.0.1',
      })
      expect([headers['content-encoding'], headers.etag]).toEqual(['gzip', '"v1"'])
      expect(body).toEqual(stored)
      expect(headers['server-timing']).toBeUndefined()
    } finally {
      asking.close()
      await front.stop()
      upstream.close()
    }
  })

  test("operators' paths are not passed on, and what is sent beside an answer makes sense at an edge", async () => {
    for (const path of ['/metrics', '/healthz', '/readyz', '/latency', '/latency.json']) {
      const { status, body } = await get(path)
      expect([path, status, body.toString()]).toEqual([path, 404, '{"errors":{"path":["not found"]}}'])
    }
    const { headers } = await get('/api/tags')
    expect(headers).toMatchObject({
      'strict-transport-security': 'max-age=31536000',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      server: 'nginx',
    })
  })
})

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

const tlsVersion = (url: string, version: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3') =>
  new Promise<string | null>((resolve, reject) => {
    const { hostname: host, port } = new URL(url)
    const versions = { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' }
    const socket = connectTls({ host, port: Number(port), rejectUnauthorized: false, ...versions })
    socket.once('error', reject).once('secureConnect', () => {
      resolve(socket.getProtocol())
      socket.destroy()
    })
  })
