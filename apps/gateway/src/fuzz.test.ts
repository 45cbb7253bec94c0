import { Agent, type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { publicRoutes, type Route } from '@fastpath/contracts'
import { createConduitClient, type Person, registerPerson } from '@fastpath/testing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { startTestStack, type TestStack } from './test-stack.js'

const batches = 260
const perBatch = 20

let stack: TestStack
let person: Person
const agent = new Agent({ keepAlive: true, maxSockets: perBatch })
beforeAll(async () => {
  stack = await startTestStack()
  person = await registerPerson(createConduitClient(() => stack.url))
})
afterAll(async () => {
  agent.destroy()
  await stack?.close()
})

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom(
    '',
    ' ',
    '\u0000',
    'a\u0000b',
    '\ud800',
    'x\udfff',
    '\ufeff',
    '__proto__',
    'constructor',
    '../..',
    '%00',
    "' or 1=1 --",
  ),
  fc.integer({ min: 1, max: 30_000 }).map((length) => 'é'.repeat(length)),
)
const anything = fc.oneof(
  hostile,
  fc.jsonValue({ maxDepth: 4 }),
  fc.constantFrom(1e308, -1, 2 ** 53, Number.MIN_VALUE, true, null),
  fc.integer({ min: 1, max: 1_000 }).map((depth) => JSON.parse('['.repeat(depth) + ']'.repeat(depth))),
)

/** What a schema names, each field absent, hostile, of another type, or right. */
const valueFor = (schema: { type?: unknown; properties?: object; minLength?: number }): fc.Arbitrary<unknown> => {
  if (schema.properties) {
    const fields = Object.entries(schema.properties).map(([name, field]) => [name, valueFor(field)] as const)
    const extra = fc.dictionary(fc.constantFrom('__proto__', 'constructor', 'id', 'version', 'admin'), anything)
    return fc
      .tuple(fc.record(Object.fromEntries(fields), { requiredKeys: [] }), extra)
      .map(([known, more]) => ({ ...more, ...known }))
  }
  const right = fc.string({ unit: 'grapheme-ascii', minLength: 8, maxLength: 20 })
  return fc.oneof(right, hostile, anything, fc.array(hostile, { maxLength: 30 }))
}

interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: Record<string, string>
  readonly body: Buffer | undefined
}

const text = fc.oneof(
  hostile,
  fc.constantFrom('feed', '1', '20', '-1', '1e9', '99999999999999999999', 'a'.repeat(9_000)),
)
const encoded = text.map((raw) => encodeURIComponent(raw.toWellFormed()))
const segment = fc.oneof(encoded, fc.constantFrom('%', '%ff', '%E0%A4%A', '..', '%2e%2e', '%00'))

const pathFor = ({ path, query }: Route): fc.Arbitrary<string> => {
  const names = [...Object.keys(query?.properties ?? {}), '__proto__', 'x[y]', 'tag']
  const pairs = fc.array(fc.tuple(fc.constantFrom(...names), segment), { maxLength: 4 })
  const segments = fc.array(segment, { minLength: 2, maxLength: 2 })
  return fc.tuple(segments, pairs, fc.constantFrom('', '/', '//', '?')).map(([values, asked, end]) => {
    let next = 0
    const filled = path.replace(/:\w+/g, () => values[next++] as string)
    return `${filled}${end}${asked.length > 0 ? `?${asked.map((pair) => pair.join('=')).join('&')}` : ''}`
  })
}

const asking: fc.Arbitrary<Asked> = fc.constantFrom(...publicRoutes).chain((route) => {
  const bodies = fc.oneof(
    {
      weight: 3,
      arbitrary: (route.body ? valueFor(route.body) : anything).map((value) => Buffer.from(JSON.stringify(value))),
    },
    { weight: 1, arbitrary: anything.map((value) => Buffer.from(JSON.stringify(value) ?? '')) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
    { weight: 1, arbitrary: fc.constant(Buffer.from('{"user":{"email":"\\ud800"}')) },
    { weight: 1, arbitrary: fc.constant(Buffer.alloc(120_000, ' ')) },
  )
  return fc.record({
    method: fc.oneof(
      { weight: 6, arbitrary: fc.constant(route.method.toUpperCase()) },
      { weight: 1, arbitrary: fc.constantFrom('PATCH', 'OPTIONS', 'DELETE', 'PUT', 'HEAD', 'PROPFIND') },
    ),
    path: pathFor(route),
    headers: fc.record(
      {
        'content-type': fc.constantFrom(
          'application/json',
          'application/json; charset=utf-7',
          'text/plain',
          '',
          'application/json;charset=utf-16le',
        ),
        'content-encoding': fc.constantFrom('gzip', 'br', 'nonsense'),
        authorization: fc.oneof(
          fc.constant('MINE'),
          fc.constantFrom('Token', 'Token x', 'Bearer a.b.c', 'Basic eDp5', `Token ${'x'.repeat(7_000)}`),
        ),
        traceparent: fc.constantFrom('00-00000000000000000000000000000000-0000000000000000-00', 'x', '00-zz'),
        'x-forwarded-for': fc.constantFrom('not an address', '1.2.3.4, 5.6.7.8'),
        cookie: fc.constantFrom('a=b', 'x'.repeat(500)),
      },
      { requiredKeys: [] },
    ),
    body: fc.option(bodies, { nil: undefined, freq: 3 }),
  }) as fc.Arbitrary<Asked>
})

const ask = ({ method, path, headers, body }: Asked) =>
  new Promise<{ res: IncomingMessage; text: string }>((resolve, reject) => {
    const { authorization, 'content-encoding': coding, ...others } = headers
    const sent = request(stack.url, {
      agent,
      method,
      path: path.replace(/[^\x21-\x7e]/g, '?'),
      headers: {
        ...others,
        ...(authorization && { authorization: authorization === 'MINE' ? `Token ${person.token}` : authorization }),
        ...(coding && Math.random() < 0.2 && { 'content-encoding': coding }),
        ...(body && { 'content-length': String(body.length) }),
      },
      timeout: 10_000,
    })
    sent.on('response', (res) => {
      const chunks: Buffer[] = []
      res
        .on('data', (chunk) => chunks.push(chunk))
        .on('end', () => resolve({ res, text: Buffer.concat(chunks).toString() }))
    })
    sent.on('timeout', () => sent.destroy(new Error('no answer within 10 s')))
    sent.on('error', (cause) => reject(new Error(`${method} ${path.slice(0, 200)}: ${cause.message}`, { cause })))
    sent.end(body)
  })

const checkAnswer = (asked: Asked, status: number, body: string) => {
  const about = `${asked.method} ${asked.path.slice(0, 200)} -> ${status} ${body.slice(0, 200)}`
  if (status >= 500) throw new Error(`the server's fault: ${about}`)
  // A head that was too large and came in pieces is refused without a body: what it asked with is not known.
  const mayBeEmpty = asked.method === 'HEAD' || (status === 431 && body === '')
  if (status >= 400 && !mayBeEmpty) {
    const { errors } = JSON.parse(body)
    const lists = Object.values(errors)
    const right =
      lists.length > 0 && lists.every((said) => Array.isArray(said) && said.every((word) => typeof word === 'string'))
    if (!right) throw new Error(`not in the form of errors: ${about}`)
  }
}

test(`${batches * perBatch} hostile requests over all routes: no 5xx, no hang, errors in one form`, async () => {
  let asked = 0
  const many = fc.array(asking, { minLength: perBatch, maxLength: perBatch, size: 'max' })
  await fc.assert(
    fc.asyncProperty(many, async (batch) => {
      asked += batch.length
      const answers = await Promise.all(batch.map(ask))
      answers.forEach(({ res, text }, i) => void checkAnswer(batch[i] as Asked, res.statusCode ?? 0, text))
    }),
    { numRuns: batches, endOnFailure: true },
  )
  expect(asked).toBeGreaterThanOrEqual(5_000)
  expect((await fetch(`${stack.url}/api/articles`)).status).toBe(200)
}, 120_000)

const wire = fc.oneof(
  fc.constantFrom(
    'GET /api/tags HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(20),
    'POST /api/users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"user":',
    'GET /api/tags HTTP/1.1\r\n\r\n',
    'GET /api/tags HTTP/9.9\r\nHost: x\r\n\r\n',
    'POST /api/users HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n',
    'POST /api/users HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    `GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`,
    'CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET /api/tags HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n',
    'GET /api/tags HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n',
    'GET http://elsewhere/api/tags HTTP/1.1\r\nHost: x\r\n\r\n',
  ),
  fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
)

/** Sends what is no request, or several at once, or half a one, and gives what came back until either side closed. */
const sendRaw = (bytes: string, cut: boolean) =>
  new Promise<string>((resolve) => {
    const socket = connect({ port: Number(new URL(stack.url).port), host: '127.0.0.1' })
    let answer = ''
    socket.setEncoding('latin1').on('data', (chunk) => (answer += chunk))
    socket.on('error', () => {}).on('close', () => resolve(answer))
    socket.write(Buffer.from(bytes, 'latin1'), () => {
      if (cut) socket.destroy()
      // Half a request would be waited for, as it should be; its client gives up.
      else setTimeout(() => socket.destroy(), 200)
    })
  })

test('broken, pipelined and cut-off requests harm nobody', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(wire, fc.boolean()), { minLength: 10, maxLength: 10 }), async (batch) => {
      for (const answer of await Promise.all(batch.map(([bytes, cut]) => sendRaw(bytes, cut)))) {
        for (const [, status] of answer.matchAll(/HTTP\/1\.1 (\d{3})/g)) expect(Number(status)).toBeLessThan(500)
      }
    }),
    { numRuns: 40, endOnFailure: true },
  )
  expect((await fetch(`${stack.url}/api/articles`)).status).toBe(200)
}, 60_000)
