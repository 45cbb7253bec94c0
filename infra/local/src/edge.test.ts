import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { createDataset, demoSize, loadArticles, loadUsers } from '@fastpath/fixtures'
import { type Server, type ServiceProcess, startNginx } from '@fastpath/servers'
import { createTestDatabase, describeWith, startTestService, type TestDatabase, uniquePrefix } from '@fastpath/testing'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { connectToEdge, type EdgeClient } from './test-edge.js'

jest.setTimeout(60_000)

describeWith(['nginx'], 'the shipped nginx.conf', () => {
  const natsPrefix = uniquePrefix()
  let database: TestDatabase
  const behind: ServiceProcess[] = []
  const gateways: ServiceProcess[] = []
  let edge: Server
  let client: EdgeClient

  const startGateway = (port = 0) =>
    startTestService({
      name: 'gateway',
      natsPrefix,
      env: { PORT: `${port}`, RATE_LIMIT_PER_MINUTE: '0', TRUSTED_PROXIES: '127.0.0.1' },
    })

  beforeAll(async () => {
    database = await createTestDatabase()
    const demo = createDataset(demoSize)
    await Promise.all([loadUsers(database.urls.user, demo), loadArticles(database.urls.feed, demo)])
    for (const name of ['user', 'feed'] as const) behind.push(await startTestService({ name, database, natsPrefix }))
    for (let i = 0; i < 2; i++) gateways.push(await startGateway())
    edge = await startNginx({ gateways: gateways.map(({ url = '' }) => new URL(url).host) })
    client = await connectToEdge(edge.url)
  })
  afterAll(async () => {
    client?.close()
    await edge?.stop()
    await Promise.all([...gateways, ...behind].map((service) => service.stop()))
    await database?.drop()
  })

  const page = '/api/articles?limit=20'

  test('HTTP/2 is agreed on by ALPN; TLS 1.2 and 1.3 are spoken, 1.1 is not', async () => {
    expect(client.protocol).toBe('h2')
    expect(await tlsVersion(edge.url, 'TLSv1.2')).toBe('TLSv1.2')
    expect(await tlsVersion(edge.url, 'TLSv1.3')).toBe('TLSv1.3')
    await expect(tlsVersion(edge.url, 'TLSv1.1')).rejects.toThrow()
  })

  test.each([
    ['gzip', gunzipSync],
    ['br', brotliDecompressSync],
  ])('a page of 20 articles is at least 60 % smaller with %s, and the same', async (coding, decompress) => {
    const plain = await client.get(page)
    const small = await client.get(page, { 'accept-encoding': coding })
    expect(plain.headers['content-encoding']).toBeUndefined()
    expect(small.headers['content-encoding']).toBe(coding)
    expect(small.headers.vary).toMatch(/accept-encoding/i)
    expect(JSON.parse(plain.body.toString()).articles).toHaveLength(20)
    expect(decompress(small.body)).toEqual(plain.body)
    expect(small.body.length).toBeLessThan(plain.body.length * 0.4)
  })

  test('a small answer is not compressed', async () => {
    const { status, headers, body } = await client.get('/api/profiles/nobody-of-that-name', {
      'accept-encoding': 'gzip, br',
    })
    expect([status, headers['content-encoding']]).toEqual([404, undefined])
    expect(JSON.parse(body.toString())).toEqual({ errors: { profile: ['not found'] } })
  })

  test("Server-Timing comes as the gateway wrote it, with the edge's own time in milliseconds", async () => {
    const { headers } = await client.get(page, { 'accept-encoding': 'br' })
    const told = String(headers['server-timing'])
    expect(told).toMatch(/^total;dur=[\d.]+, .*db;desc="Database";dur=/)
    expect(told).toMatch(/, edge;desc="nginx";dur=(0|[1-9]\d*)$/)
    const ms = (name: string) => Number(new RegExp(`\\b${name}(?:;desc="[^"]+")?;dur=([\\d.]+)`).exec(told)?.[1])
    // nginx's clock ticks once a millisecond, and may be one late.
    expect(ms('edge')).toBeGreaterThanOrEqual(Math.floor(ms('total')) - 2)
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
      const { status, body } = await client.get(path)
      expect([path, status, body.toString()]).toEqual([path, 404, '{"errors":{"path":["not found"]}}'])
    }
    const { headers } = await client.get('/api/tags')
    expect(headers).toMatchObject({
      'strict-transport-security': 'max-age=31536000',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      server: 'nginx',
    })
  })

  test('one of two gateways is restarted under requests: none of them fails', async () => {
    const seen = new Map<number, number>()
    let asking = true
    const askOn = async () => {
      while (asking) {
        const { status } = await client.get('/api/tags')
        seen.set(status, (seen.get(status) ?? 0) + 1)
        // Below the edge's limit of requests, however fast the machine.
        await sleep(40)
      }
    }
    const askers = Array.from({ length: 16 }, askOn)
    const atLeast = async (count: number) => {
      const target = [...seen.values()].reduce((sum, some) => sum + some, 0) + count
      while ([...seen.values()].reduce((sum, some) => sum + some, 0) < target) await sleep(10)
    }
    try {
      await atLeast(200)
      const [first] = gateways as [ServiceProcess]
      const { port } = new URL(first.url ?? '')
      await first.stop()
      await atLeast(200)
      gateways[0] = await startGateway(Number(port))
      await atLeast(200)
    } finally {
      asking = false
      await Promise.all(askers)
    }
    expect([...seen.keys()]).toEqual([200])
  })

  test('without any gateway: 503 in the form of errors, and when to come back', async () => {
    const front = await startNginx({ gateways: ['127.0.0.1:1'] })
    const asking = await connectToEdge(front.url)
    try {
      const { status, headers, body } = await asking.get('/api/tags')
      expect([status, headers['retry-after']]).toEqual([503, '1'])
      expect(JSON.parse(body.toString())).toEqual({ errors: { service: ['is unavailable'] } })
    } finally {
      asking.close()
      await front.stop()
    }
  })
})

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
