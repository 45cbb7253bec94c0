import { createMetrics, formatPrometheus } from '@fastpath/timing'
import { afterAll, expect, test } from '@jest/globals'
import { startTestApp, type TestApp } from './test-app.js'
import { watchRequests } from './watch-requests.js'
import { currentRequest } from './watched-request.js'

const apps: TestApp[] = []
afterAll(() => Promise.all(apps.map((app) => app.close())))
const start = async (options?: Parameters<typeof startTestApp>[0]): Promise<TestApp> => {
  const it = await startTestApp(options)
  apps.push(it)
  it.app.get('/fine', (_req, res) => void res.send('fine'))
  it.app.get('/naive', (_req, res) => {
    for (let n = 0; n < 6; n++) {
      const statement = currentRequest()?.ask({ text: 'select $1', args: [n] })
      statement?.begin()
      statement?.end(1)
    }
    res.send('naive')
  })
  return it
}

test.each([
  ['setHeader', undefined],
  ['an object for writeHead', { 'server-timing': 'own;dur=1' }],
  ['several values for writeHead', { 'Server-Timing': ['own;dur=1', 'more'] }],
  ['a list for writeHead', ['x-other', '1', 'Server-Timing', 'own;dur=1']],
])('what the app says by %s stays, and comes first', async (_how, headers) => {
  const it = await start()
  it.app.get('/own', (_req, res) => {
    if (headers) res.writeHead(200, headers as never).end()
    else res.setHeader('Server-Timing', 'own;dur=1').end()
  })
  const names = (await it.ask('/own')).timingNames
  expect([names[0], names.slice(-2)]).toEqual(['own', ['total', 'db']])
})

test('other headers of writeHead stay as they are', async () => {
  const it = await start()
  it.app.get('/own', (_req, res) => void res.writeHead(203, 'Odd', ['x-a', '1', 'x-b', '2']).end('ok'))
  const { status, timingNames } = await it.ask('/own')
  expect([status, timingNames]).toEqual([203, ['total', 'db']])
})

test('an N+1 that comes while the answer is streamed is told as well', async () => {
  const it = await start()
  it.app.get('/stream', (_req, res) => {
    res.write('begun')
    for (let n = 0; n < 6; n++)
      currentRequest()
        ?.ask({ text: 'select $1', args: [n] })
        .begin()
    res.end()
  })
  const { timingNames, told } = await it.ask('/stream')
  expect(timingNames).toEqual(['total', 'db'])
  expect(told).toEqual([
    expect.stringContaining('n-plus-one: select $1 6x at libs/pooling/src/watch/watch-requests.test.ts'),
  ])
})

test('errors of the app stay its own, without a route too', async () => {
  const it = await start()
  it.app.get('/broken', () => {
    throw new Error('the app’s own')
  })
  expect((await it.ask('/broken')).status).toBe(500)
  const { status, timingNames } = await it.ask('/nowhere')
  expect([status, timingNames]).toEqual([404, ['total', 'db']])
})

test('count: strangers are told nothing, the counters are', async () => {
  const metrics = createMetrics()
  const it = await start({ mode: 'count', serverTiming: false, metrics })
  const asked = [await it.ask('/naive'), await it.ask('/naive')]
  expect(asked.map(({ timingNames, told }) => [timingNames, told.length])).toEqual([
    [[], 1],
    [[], 0],
  ])
  expect(formatPrometheus(metrics)).toContain('fastpath_verdicts_total{verdict="n-plus-one",route="GET /naive"} 2\n')
})

test('used twice it watches once, and leaves no listener behind', async () => {
  const it = await start()
  const responses: { listeners: number }[] = []
  it.app.use(watchRequests())
  it.app.get('/twice', (_req, res) => {
    responses.push({
      get listeners() {
        return res.listenerCount('close')
      },
    })
    res.send('ok')
  })
  expect((await it.ask('/twice')).timingNames).toEqual(['total', 'db'])
  expect(responses[0]?.listeners).toBe(0)
})

test('a failure of what it is given does not reach the app', async () => {
  const warned: string[] = []
  const { emitWarning } = process
  process.emitWarning = (message: string | Error) => void warned.push(String(message))
  try {
    const it = await start({
      serverTiming: () => {
        throw new Error('a planted failure')
      },
    })
    expect([(await it.ask('/fine')).body, (await it.ask('/fine')).body]).toEqual(['fine', 'fine'])
    expect(warned).toEqual([expect.stringContaining('a planted failure')])
  } finally {
    process.emitWarning = emitWarning
  }
})
