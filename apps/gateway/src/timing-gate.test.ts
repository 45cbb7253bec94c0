import { createDataset, loadDataset } from '@fastpath/fixtures'
import type { ServiceProcess } from '@fastpath/servers'
import { startTestService } from '@fastpath/testing'
import { parseServerTiming } from '@fastpath/timing'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { startTestStack, type TestStack } from './test-stack.js'
import { createTimingGate } from './timing-gate.js'

const data = createDataset({ users: 3, articles: 5, tagsPerArticle: 1, favorites: 0, comments: 0, follows: 0 })
const token = 'a token of this test'.replaceAll(' ', '-')
/** A list, what isn't there, what is asked wrongly, a path of nobody's, one that can't be decoded, and the document. */
const paths = ['/api/articles', '/api/articles/none', '/api/articles?limit=x', '/none', '/%ff', '/openapi.json']

let stack: TestStack
const startGateway = async (env: NodeJS.ProcessEnv) => (await stack.startGateway({ env })).url
/** A process of its own, started as in production. */
let production: ServiceProcess
let productionUrl: string
beforeAll(async () => {
  stack = await startTestStack({ fill: ({ urls }) => loadDataset(urls, data) })
  const env = { NODE_ENV: 'production', SERVER_TIMING_TOKEN: token }
  production = await startTestService({ name: 'gateway', natsPrefix: stack.natsPrefix, env })
  productionUrl = production.url ?? ''
}, 60_000)
afterAll(async () => {
  await production?.stop()
  await stack?.close()
})

/** The names in the `Server-Timing` of each path's answer; `null` where there is none. */
const shown = async (url: string, headers: Record<string, string> = {}) => {
  const all = []
  for (const path of paths) {
    const res = await fetch(url + path, { headers })
    await res.arrayBuffer()
    const header = res.headers.get('server-timing')
    all.push(header && parseServerTiming(header).map(({ name }) => name))
  }
  return all
}
const nothing = paths.map(() => null)
const everything = [
  ['total', 'db', 'serialize', 'feed', 'feed.db', 'user', 'user.db'],
  ...paths.slice(1).map(() => expect.arrayContaining(['total', 'db', 'serialize'])),
]

describe('in production', () => {
  test('a stranger is shown nothing, in answers and errors alike', async () => {
    expect(await shown(productionUrl)).toEqual(nothing)
  })

  test.each([
    ['wrong', token.replace('a', 'b')],
    ['cut short', token.slice(0, -1)],
    ['too long', `${token}s`],
    ['empty', ''],
    ['sent twice', `${token}, ${token}`],
  ])('a token that is %s shows nothing', async (_, wrong) => {
    expect(await shown(productionUrl, { 'server-timing-token': wrong })).toEqual(nothing)
  })

  test('the holder of the token is shown all of it', async () => {
    expect(await shown(productionUrl, { 'Server-Timing-Token': token })).toEqual(everything)
  })

  test('a sample of 1 shows all to everybody, and so does SERVER_TIMING=on', async () => {
    const env = { NODE_ENV: 'production' }
    expect(await shown(await startGateway({ ...env, SERVER_TIMING_SAMPLE: '1' }))).toEqual(everything)
    expect(await shown(await startGateway({ ...env, SERVER_TIMING: 'on' }))).toEqual(everything)
  })

  test.each([
    ['an empty token', { SERVER_TIMING_TOKEN: '' }, /SERVER_TIMING_TOKEN +is empty; takes a secret of 16 characters/],
    ['a short token', { SERVER_TIMING_TOKEN: 'short' }, /SERVER_TIMING_TOKEN +is not one; takes a secret of 16/],
    ['a sample of 5 %', { SERVER_TIMING_SAMPLE: '5 %' }, /SERVER_TIMING_SAMPLE +is "5 %"; takes a number from 0 to 1/],
    ['an unknown mode', { SERVER_TIMING: 'off' }, /SERVER_TIMING +is "off"; takes "on" or "gated"/],
    [
      'an origin with a path',
      { TIMING_ALLOW_ORIGIN: 'https://a.example/' },
      /TIMING_ALLOW_ORIGIN +is .*takes \* or orig/,
    ],
  ])('%s stops the start', async (_, env, message) => {
    await expect(startGateway({ NODE_ENV: 'production', ...env })).rejects.toThrow(message)
  })
})

test('outside production everybody is shown all of it, unless SERVER_TIMING=gated', async () => {
  expect(await shown(await startGateway({}))).toEqual(everything)
  expect(await shown(await startGateway({ SERVER_TIMING: 'gated' }))).toEqual(nothing)
})

test('a sample is a share of the requests', () => {
  const gate = createTimingGate({ serverTiming: 'gated', serverTimingToken: null, serverTimingSample: 0.2 })
  const stranger = { headers: {} } as Parameters<typeof gate>[0]
  const passed = Array.from({ length: 10_000 }, () => gate(stranger)).filter(Boolean).length
  expect(passed).toBeGreaterThan(1_700)
  expect(passed).toBeLessThan(2_300)
})
