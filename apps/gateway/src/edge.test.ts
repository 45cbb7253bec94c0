import { connect } from 'node:net'
import { createConduitClient, registerPerson } from '@fastpath/testing'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { startTestStack, type TestStack } from './test-stack.js'

let stack: TestStack
beforeAll(async () => {
  stack = await startTestStack()
})
afterAll(() => stack?.close())
const client = createConduitClient(() => stack.url)

describe('CORS_ORIGINS', () => {
  const named = ['https://app.example', 'http://localhost:5173']
  const start = async () => {
    const { url } = await stack.startGateway({ env: { CORS_ORIGINS: named.join(', ') } })
    return createConduitClient(() => url)
  }
  const shownTo = async ({ ask }: typeof client, method: string, origin?: string) => {
    const { headers } = await ask(method, '/api/tags', { ...(origin && { headers: { origin } }) })
    return [headers.get('access-control-allow-origin'), headers.get('vary')?.split(', ').includes('Origin') ?? false]
  }

  test('named: their pages may read, no others, and caches keep them apart', async () => {
    const gateway = await start()
    for (const method of ['GET', 'OPTIONS', 'PATCH']) {
      for (const origin of named) expect(await shownTo(gateway, method, origin)).toEqual([origin, true])
      for (const origin of ['https://app.example.evil', 'null', undefined])
        expect(await shownTo(gateway, method, origin)).toEqual([null, true])
    }
  })

  test('not named: everybody’s, never with credentials', async () => {
    expect(await shownTo(client, 'GET', 'https://anybody.example')).toEqual(['*', false])
    const { headers } = await client.get('/api/tags', { headers: { origin: 'https://anybody.example' } })
    expect(headers.get('access-control-allow-credentials')).toBeNull()
  })
})

test('every answer has its own id and may not be taken for what it is not; the trace that came is its id', async () => {
  const ids = []
  for (const path of ['/api/tags', '/api/nothing', '/api/articles?limit=x', '/openapi.json']) {
    const { headers } = await client.get(path)
    expect([headers.get('x-content-type-options'), headers.get('x-powered-by')]).toEqual(['nosniff', null])
    ids.push(headers.get('x-request-id'))
  }
  expect(new Set(ids).size).toBe(4)
  const traceId = '0af7651916cd43dd8448eb211c80319c'
  const { headers } = await client.get('/api/tags', { headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` } })
  expect(headers.get('x-request-id')).toBe(traceId)
})

test.each([
  ['PATCH', '/api/articles/some-slug', 'DELETE, GET, HEAD, OPTIONS, PUT'],
  ['DELETE', '/api/users', 'OPTIONS, POST'],
  ['GET', '/api/users/login', 'OPTIONS, POST'],
  ['PUT', '/api/tags', 'GET, HEAD, OPTIONS'],
  ['POST', '/', 'GET, HEAD, OPTIONS'],
  ['DELETE', '/docs', 'GET, HEAD, OPTIONS'],
  ['POST', '/openapi.json', 'GET, HEAD, OPTIONS'],
])('%s %s is not allowed, and what is, is told', async (method, path, allowed) => {
  const { status, headers, body } = await client.ask(method, path)
  expect([status, body]).toEqual([405, { errors: { method: ['is not allowed'] } }])
  expect(headers.get('allow')?.split(', ').toSorted().join(', ')).toBe(allowed)
  const options = await client.ask('OPTIONS', path)
  expect([options.status, options.headers.get('allow'), options.body]).toEqual([204, headers.get('allow'), undefined])
})

test('HEAD answers as GET does, without its body', async () => {
  for (const [path, expected] of [
    ['/', 200],
    ['/docs', 200],
    ['/openapi.json', 200],
    ['/api/tags', 200],
    ['/api/articles', 200],
    ['/api/profiles/nobody', 404],
    ['/api/user', 401],
  ] as const) {
    const [head, get] = [await fetch(stack.url + path, { method: 'HEAD' }), await fetch(stack.url + path)]
    expect([path, head.status, get.status, await head.text()]).toEqual([path, expected, expected, ''])
    expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'))
    await get.arrayBuffer()
  }
})

describe('bodies', () => {
  const post = async (body: string) => {
    const headers = { 'content-type': 'application/json' }
    const res = await fetch(`${stack.url}/api/users`, { method: 'POST', headers, body })
    return { status: res.status, body: (await res.json()) as { errors?: object; user?: Record<string, unknown> } }
  }

  test('nested as deep as a body may be long are refused, and harm nobody', async () => {
    for (const nested of [
      '['.repeat(49_000) + ']'.repeat(49_000),
      `${'{"user":'.repeat(9_000)}1${'}'.repeat(9_000)}`,
    ]) {
      const { status, body } = await post(nested)
      expect([400, 422]).toContain(status)
      expect(Object.keys(body)).toEqual(['errors'])
    }
    expect((await client.get('/api/tags')).status).toBe(200)
  })

  test('neither poison a prototype nor assign what nobody asked for', async () => {
    const name = `poisoner ${Date.now()}`
    const known = `"username":"${name}","email":"${Date.now()}@poison.example","password":"correct horse"`
    const { status, body } = await post(
      `{"__proto__":{"admin":true},"user":{${known},"__proto__":{"bio":"poison","admin":true},"constructor":{"prototype":{"admin":true}},"id":1,"bio":"mine","version":7}}`,
    )
    expect(status).toBe(201)
    expect(body.user).toMatchObject({ username: name, bio: null, image: null })
    expect(Object.keys(body.user ?? {}).toSorted()).toEqual(['bio', 'email', 'image', 'token', 'username'])
    expect(({} as Record<string, unknown>).admin).toBeUndefined()
    // What is only inherited is missing.
    const inherited = await post(`{"user":{"__proto__":{${known}}}}`)
    expect([inherited.status, Object.keys(inherited.body.errors ?? {}).toSorted()]).toEqual([
      422,
      ['email', 'password', 'username'],
    ])
  })

  test('an update changes nothing that it may not name', async () => {
    const person = await registerPerson(client)
    const json = { user: { bio: 'Reads', id: 1, username_: 'x', token: 'mine', following: true } }
    const { status, body } = await client.put('/api/user', { token: person.token, json })
    expect([status, body.user.username, body.user.bio]).toEqual([200, person.username, 'Reads'])
  })
})

describe('what Node’s parser refuses is told in the same form', () => {
  /** Writes bytes and gives the whole answer, until the server closes. */
  const send = (...packets: string[]) =>
    new Promise<string>((resolve) => {
      const socket = connect({ port: Number(new URL(stack.url).port), host: '127.0.0.1', noDelay: true })
      let answer = ''
      socket.setEncoding('latin1').on('data', (chunk) => (answer += chunk))
      socket.on('error', () => {}).on('close', () => resolve(answer))
      for (const [i, packet] of packets.entries()) setTimeout(() => socket.write(packet), i * 100)
    })

  test.each([
    ['headers that never end', 'GET / HTTP/1.1\r\nHost: x\r\n', 408, 'came too slowly'],
    ['no HTTP at all', 'nonsense\r\n\r\n', 400, 'is malformed'],
    [
      'a broken chunk',
      'POST /api/users HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      400,
      'is malformed',
    ],
    [
      'too large headers',
      `GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`,
      431,
      'has too large headers',
    ],
  ])(
    '%s',
    async (_what, bytes, status, says) => {
      const answer = await send(bytes)
      const [head = '', body = ''] = answer.split('\r\n\r\n')
      expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
      expect(head).toContain('Content-Type: application/json; charset=utf-8')
      expect(head).toContain('Connection: close')
      expect(JSON.parse(body)).toEqual({ errors: { request: [says] } })
    },
    30_000,
  )

  test.each([
    ['in one packet', [`HEAD / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`]],
    ['in two', [`HEAD / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(10_000)}`, `${'a'.repeat(10_000)}\r\n\r\n`]],
  ])('a HEAD gets no body that it would take for the next answer: %s', async (_how, packets) => {
    expect(await send(...packets)).toMatch(/^HTTP\/1\.1 431 .*\r\n(.+\r\n)*Connection: close\r\n\r\n$/)
  })
})
