import { request } from 'node:http'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { cacheTags } from '@fastpath/contracts'
import { createDataset, loadDataset } from '@fastpath/fixtures'
import { until } from '@fastpath/testing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Clients } from '../clients.js'
import { startTestStack, type TestGateway, type TestStack } from '../test-stack.js'

const data = createDataset({ users: 5, articles: 40, tagsPerArticle: 2, favorites: 20, comments: 20, follows: 5 })
const slug = data.article(1).slug

let stack: TestStack
let gateway: TestGateway
beforeAll(async () => {
  stack = await startTestStack({ fill: ({ urls }) => loadDataset(urls, data) })
  gateway = await stack.startGateway({ env })
})
afterAll(() => stack?.close())

const env = { RESPONSE_CACHE_BYTES: '20000000' }

interface Got {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
  /** `hit`, `stale`, `miss`, or nothing where the answer did not come through the cache. */
  readonly source: string | undefined
}

/** As it is on the wire: `fetch` adds headers of its own and unpacks. */
const ask = (path: string, headers: Record<string, string> = {}, { url = gateway.url, method = 'GET' } = {}) =>
  new Promise<Got>((resolve, reject) => {
    const { hostname, port } = new URL(url)
    const req = request({ hostname, port, path, method, headers }, (res) => {
      const chunks: Buffer[] = []
      res.on('data', (chunk) => chunks.push(chunk))
      res.on('end', () => {
        const told = res.headers as Got['headers']
        const source = /cache;desc="(\w+)"/.exec(told['server-timing'] ?? '')?.[1]
        resolve({ status: res.statusCode ?? 0, headers: told, body: Buffer.concat(chunks), source })
      })
    })
    req.on('error', reject).end()
  })

const counterOf = ({ metrics }: TestGateway, outcome: string): number => {
  const series = [...metrics.families()].find(({ name }) => name === 'fastpath_response_cache_total')?.series
  return series?.get(JSON.stringify({ outcome }))?.read?.() ?? 0
}

/** A gateway of whose operations some are counted and can be held up. */
const startHeld = async (operation: 'listTags') => {
  let loads = 0
  let hold: Promise<void> = Promise.resolve()
  const held = await stack.startGateway({
    env,
    clients: (own): Clients => ({
      ...own,
      feed: {
        ...own.feed,
        [operation]: async (...args: Parameters<Clients['feed']['listTags']>) => {
          loads++
          const answer = await own.feed[operation](...args)
          await hold
          return answer
        },
      },
    }),
  })
  const holdUp = () => {
    let release = () => {}
    hold = new Promise((resolve) => {
      release = resolve
    })
    return release
  }
  return { gateway: held, holdUp, loads: () => loads }
}

test('an anonymous read is answered from memory the second time, with the same body and the same headers', async () => {
  for (const path of [
    '/api/articles',
    '/api/articles?limit=3',
    `/api/articles/${slug}`,
    `/api/articles/${slug}/comments`,
    '/api/tags',
    `/api/profiles/${data.user(1).username}`,
  ]) {
    const callsBefore = gateway.calls.length
    const [miss, hit] = [await ask(path), await ask(path)]
    expect([miss.status, miss.source, hit.status, hit.source]).toEqual([200, 'miss', 200, 'hit'])
    expect(hit.body.equals(miss.body)).toBe(true)
    expect(gateway.calls.length).toBe(callsBefore + 1)
    const { age, ...names } = hit.headers
    expect(age).toBe('0')
    expect(Object.keys(names).sort()).toEqual(Object.keys(miss.headers).sort())
    for (const name of ['etag', 'vary', 'cache-control', 'link', 'content-length', 'access-control-allow-origin'])
      expect(hit.headers[name]).toBe(miss.headers[name])
    expect(hit.headers['x-request-id']).not.toBe(miss.headers['x-request-id'])
    // And it is what the route itself answers.
    expect(hit.body.equals((await ask(path, {}, { url: stack.url })).body)).toBe(true)
  }
})

test('caches between us and the reader are told how long, in words that go with the contract', async () => {
  const { headers } = await ask('/api/articles')
  expect(headers['cache-control']).toBe(
    'public, max-age=0, s-maxage=5, stale-while-revalidate=55, stale-if-error=86400',
  )
  expect(headers.vary).toBe('Accept-Encoding, Authorization')
})

test('order, defaults, encodings and unknown parameters make no second entry; what means something else does', async () => {
  await ask(`/api/articles?author=${data.user(1).username}`)
  const author = [...data.user(1).username].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join('')
  for (const query of [
    `offset=0&author=${data.user(1).username}&limit=20`,
    `author=${author}&utm_source=x`,
    `x[y]=1&author=${data.user(1).username}&__proto__=1&constructor=2`,
  ])
    expect([query, (await ask(`/api/articles?${query}`)).source]).toEqual([query, 'hit'])
  for (const query of [
    `author=${data.user(2).username}`,
    `author=${data.user(1).username}&limit=19`,
    'tag=null',
    'tag=',
  ])
    expect([query, (await ask(`/api/articles?${query}`)).source]).toEqual([query, 'miss'])
})

test('what is not valid, not found or not kept is answered as by the routes', async () => {
  for (const path of [
    '/api/articles?limit=0',
    '/api/articles?limit=1&limit=2',
    '/api/articles?cursor=nonsense',
    '/api/articles?cursor=zzzzzzzzz-zzzzzz',
    '/api/articles/feed',
    '/api/articles/FEED',
    '/api/articles/%E0%A4%A',
    '/api/articles/%00',
    '//api/articles',
    '/api//articles',
    '/api/articles/',
    `/api/articles/${slug}/`,
    '/api/articles/nothing',
    '/api/profiles/nobody',
    '/api/articles/a%2Fb',
    '/api/articles?limit=2#x',
    '/openapi.json',
  ]) {
    for (const turn of ['first', 'second']) {
      const [own, cached] = [await ask(path, {}, { url: stack.url }), await ask(path)]
      expect([path, turn, cached.status, String(cached.body)]).toEqual([path, turn, own.status, String(own.body)])
      expect(cached.headers['cache-control']).toBe(own.headers['cache-control'])
    }
  }
  expect([(await ask('/api/articles/nothing')).source, (await ask('/api/articles/feed')).status]).toEqual(['hit', 401])
})

test('the same bytes have the same tag, each coding its own, and changed content another', async () => {
  const plain = await ask('/api/articles')
  const zipped = await ask('/api/articles', { 'accept-encoding': 'gzip' })
  const br = await ask('/api/articles', { 'accept-encoding': 'gzip, br' })
  expect([plain, zipped, br].map(({ headers }) => headers['content-encoding'])).toEqual([undefined, 'gzip', 'br'])
  expect(gunzipSync(zipped.body).equals(plain.body) && brotliDecompressSync(br.body).equals(plain.body)).toBe(true)
  expect(new Set([plain, zipped, br].map(({ headers }) => headers.etag)).size).toBe(3)
  expect(plain.headers.etag).toMatch(/^"[^"]+"$/)
  expect(zipped.body.length).toBeLessThan(plain.body.length / 2)
  gateway.responses?.invalidateAll()
  expect(await ask('/api/articles')).toMatchObject({ source: 'miss', headers: { etag: plain.headers.etag } })
  expect((await ask('/api/articles?limit=5')).headers.etag).not.toBe(plain.headers.etag)
  for (const turn of ['small', 'small again'])
    expect([turn, (await ask('/api/tags', { 'accept-encoding': 'br' })).headers['content-encoding']]).toEqual([
      turn,
      undefined,
    ])
  const insisting = await ask('/api/tags', { 'accept-encoding': 'identity;q=0, gzip' })
  expect(gunzipSync(insisting.body).equals((await ask('/api/tags')).body)).toBe(true)
})

test('who has it already gets 304 without a body, compared weakly and by coding', async () => {
  const { headers } = await ask('/api/articles', { 'accept-encoding': 'gzip' })
  const etag = headers.etag as string
  for (const sent of [etag, `W/${etag}`, `"other", W/${etag} ,"more"`, '*']) {
    const got = await ask('/api/articles', { 'accept-encoding': 'gzip', 'if-none-match': sent })
    expect([sent, got.status, got.body.length, got.headers.etag]).toEqual([sent, 304, 0, etag])
    expect([got.headers['content-length'], got.headers['content-type']]).toEqual([undefined, undefined])
    expect([got.headers.vary, got.headers['cache-control']]).toEqual([headers.vary, headers['cache-control']])
  }
  for (const sent of ['"other"', etag.slice(0, -1), ''])
    expect((await ask('/api/articles', { 'accept-encoding': 'gzip', 'if-none-match': sent })).status).toBe(200)
  expect((await ask('/api/articles', { 'accept-encoding': 'br', 'if-none-match': etag })).status).toBe(200)
})

test('HEAD is answered from what GET has kept, without a body', async () => {
  const got = await ask('/api/articles')
  const head = await ask('/api/articles', {}, { method: 'HEAD' })
  expect([head.status, head.source, head.body.length]).toEqual([200, 'hit', 0])
  expect([head.headers.etag, head.headers['content-length']]).toEqual([got.headers.etag, got.headers['content-length']])
})

test('a hit holds nobody’s data: tokens never meet the cache, cookies change nothing', async () => {
  const json = { 'content-type': 'application/json' }
  const name = `reader${process.pid}`
  const signedUp = await fetch(`${gateway.url}/api/users`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ user: { username: name, email: `${name}@example.com`, password: 'correct-horse' } }),
  })
  expect([signedUp.headers.get('cache-control'), signedUp.headers.get('content-encoding')]).toEqual(['no-store', null])
  const { token } = ((await signedUp.json()) as { user: { token: string } }).user
  const authorization = `Token ${token}`
  await fetch(`${gateway.url}/api/articles/${slug}/favorite`, { method: 'POST', headers: { authorization } })

  const favorited = ({ body }: Got) => JSON.parse(String(body)).article.favorited
  const path = `/api/articles/${slug}`
  gateway.responses?.invalidateAll()
  const own = await ask(path, { authorization })
  expect([favorited(own), own.source, own.headers['cache-control']]).toEqual([true, undefined, 'private, no-cache'])
  const [miss, hit] = [await ask(path), await ask(path, { cookie: `token=${token}` })]
  expect([favorited(miss), miss.source, favorited(hit), hit.source]).toEqual([false, 'miss', false, 'hit'])
  expect(favorited(await ask(path, { authorization }))).toBe(true)
  expect((await ask(path, { authorization: 'Token nonsense' })).status).toBe(401)
  const account = await ask('/api/user', { authorization, 'accept-encoding': 'gzip' })
  expect([account.headers['cache-control'], account.headers['content-encoding']]).toEqual(['no-store', undefined])
  const page = await ask('/api/articles', { authorization, 'accept-encoding': 'gzip;q=0.5' })
  expect([page.headers['content-encoding'], page.headers.vary]).toEqual(['gzip', 'Accept-Encoding, Authorization'])
})

test('no odd header or parameter reaches what others are sent', async () => {
  gateway.responses?.invalidateAll()
  const evil = {
    host: 'evil.example',
    origin: 'https://evil.example',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'evil',
    'x-forwarded-for': '6.6.6.6',
    forwarded: 'host=evil.example',
    'x-original-url': '/evil',
    'x-http-method-override': 'evil',
    traceparent: '00-66666666666666666666666666666666-6666666666666666-01',
    cookie: 'evil=evil',
    'accept-language': 'evil',
    'cache-control': 'evil',
  }
  const poisoned = await ask('/api/articles?limit=4&evil=evil&__proto__=evil', evil)
  const clean = await ask('/api/articles?limit=4')
  expect([poisoned.source, clean.source]).toEqual(['miss', 'hit'])
  expect(JSON.stringify(clean.headers) + String(clean.body)).not.toMatch(/evil|6666|6\.6\.6\.6/)
  expect(clean.headers.link).toMatch(/^<\/api\/articles\?limit=4&cursor=[^&>]+>; rel="next"$/)
})

test('CORS, limits and the timing gate are applied to a hit as to a miss', async () => {
  const strict = await stack.startGateway({
    env: { ...env, CORS_ORIGINS: 'https://ours.example', RATE_LIMIT_PER_MINUTE: '4', SERVER_TIMING: 'gated' },
  })
  const via = { url: strict.url }
  const ours = await ask('/api/tags', { origin: 'https://ours.example' }, via)
  const others = await ask('/api/tags', { origin: 'https://others.example' }, via)
  const none = await ask('/api/tags', {}, via)
  const allowed = [ours, others, none].map(({ headers }) => headers['access-control-allow-origin'])
  expect(allowed).toEqual(['https://ours.example', undefined, undefined])
  for (const { headers } of [ours, others, none]) {
    expect([headers.vary, headers['server-timing'], headers['x-content-type-options']]).toEqual([
      'Accept-Encoding, Authorization, Origin',
      undefined,
      'nosniff',
    ])
  }
  expect(none.headers.ratelimit).toMatch(/^"address";r=1;t=\d+$/)
  await ask('/api/tags', {}, via)
  const tooMany = await ask('/api/tags', {}, via)
  expect([tooMany.status, Number(tooMany.headers['retry-after'])]).toEqual([429, expect.any(Number)])
  expect([counterOf(strict, 'hit'), counterOf(strict, 'miss')]).toEqual([3, 1])
})

test('a hundred readers at once load once', async () => {
  const { gateway: held, loads, holdUp } = await startHeld('listTags')
  const release = holdUp()
  const asked = Array.from({ length: 100 }, () => ask('/api/tags', {}, { url: held.url }))
  await until('all of them wait', () => counterOf(held, 'shared-load') === 99)
  release()
  for (const { status, source } of await Promise.all(asked)) expect([status, source]).toEqual([200, 'miss'])
  expect([loads(), counterOf(held, 'load')]).toEqual([1, 1])
})

test('what was loading when it was invalidated is not kept, nor waited for by who asks afterwards', async () => {
  const { gateway: held, loads, holdUp } = await startHeld('listTags')
  const via = { url: held.url }
  const release = holdUp()
  const before = ask('/api/tags', {}, via)
  await until('it is loading', () => loads() === 1)
  held.responses?.invalidate([cacheTags.popularTags])
  const after = ask('/api/tags', {}, via)
  await until('another load has begun', () => loads() === 2)
  held.responses?.invalidate(['something else'])
  release()
  expect([(await before).source, (await after).source]).toEqual(['miss', 'miss'])
  expect([(await ask('/api/tags', {}, via)).source, loads()]).toEqual(['hit', 2])
  held.responses?.invalidate([cacheTags.popularTags])
  expect([(await ask('/api/tags', {}, via)).source, loads()]).toEqual(['miss', 3])
})

test('each answer goes with the tags of what stands in it', async () => {
  const paths = ['/api/articles', `/api/articles/${slug}`, `/api/articles/${slug}/comments`, '/api/tags'] as const
  const changedBy = async (tag: string) => {
    for (const path of paths) await ask(path)
    gateway.responses?.invalidate([tag])
    const sources: Got['source'][] = []
    for (const path of paths) sources.push((await ask(path)).source)
    return paths.filter((_, i) => sources[i] === 'miss')
  }
  expect(await changedBy(cacheTags.allArticles)).toEqual(['/api/articles'])
  expect(await changedBy(cacheTags.popularTags)).toEqual(['/api/tags'])
  expect(await changedBy(cacheTags.commentsOf(slug))).toEqual([`/api/articles/${slug}/comments`])
  const { id } = data.article(data.size.articles)
  expect(await changedBy(cacheTags.article(id))).toEqual(['/api/articles'])
  expect(await changedBy(cacheTags.user(data.article(1).authorId))).toContain(`/api/articles/${slug}`)
})

test('however many different things are asked for, memory stays within its bound', async () => {
  const small = await stack.startGateway({ env: { RESPONSE_CACHE_BYTES: '400000' } })
  const bytes = () =>
    [...small.metrics.families()]
      .find(({ name }) => name === 'fastpath_response_cache_bytes')
      ?.series.get('{}')
      ?.read?.()
  for (let i = 0; i < 300; i++) {
    await ask(`/api/articles?offset=${i % 40}&limit=${1 + i}`, {}, { url: small.url })
    expect(bytes()).toBeLessThanOrEqual(400_000)
  }
  expect(counterOf(small, 'eviction')).toBeGreaterThan(100)
  expect((await ask('/api/articles?offset=19&limit=300', {}, { url: small.url })).source).toBe('hit')
})

test('a service that hangs is waited for once in a while, not by every reader', async () => {
  const path = '/api/articles?limit=8'
  await ask(path)
  process.kill(stack.feed.pid, 'SIGSTOP')
  try {
    gateway.responses?.invalidateAll()
    const loadsBefore = counterOf(gateway, 'load')
    for (let i = 0; i < 10; i++) expect(await ask(path)).toMatchObject({ status: 200, source: 'stale' })
    expect(counterOf(gateway, 'load') - loadsBefore).toBeLessThan(5)
  } finally {
    process.kill(stack.feed.pid, 'SIGCONT')
  }
  await until('it is loaded anew', async () => (await ask(path)).source === 'hit', 5_000)
})

test('while services are away what was kept goes on, with its age; the rest is refused at once', async () => {
  const path = '/api/articles?limit=6'
  const fresh = await ask(path)
  await stack.feed.kill()
  gateway.responses?.invalidateAll()
  for (let i = 0; i < 3; i++) {
    const { status, source, headers, body } = await ask(path)
    expect([status, source, headers.age]).toEqual([200, 'stale', expect.stringMatching(/^\d+$/)])
    expect(body.equals(fresh.body)).toBe(true)
  }
  const uncached = await ask('/api/articles?limit=7')
  expect([uncached.status, uncached.headers['retry-after'], uncached.headers['cache-control']]).toEqual([
    503,
    '1',
    'no-store',
  ])
  await stack.startService('feed')
  await until('it is loaded anew', async () => (await ask(path)).source === 'hit', 5_000)
})
