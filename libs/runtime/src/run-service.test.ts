import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'

const runtime = fileURLToPath(new URL('./index.ts', import.meta.url))
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fastpath-service-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

interface Run {
  readonly child: ChildProcess
  readonly output: () => string
  readonly ended: Promise<[code: number | null, signal: string | null]>
  /** The first message over the channel: the service is ready. */
  readonly ready: Promise<{ adminUrl: string }>
}

let count = 0
const run = async (body: string, env: NodeJS.ProcessEnv = {}): Promise<Run> => {
  const file = join(folder, `service-${++count}.mts`)
  await writeFile(
    file,
    `import { runService } from '${runtime}'\nawait runService('sample', async (tools) => {\n${body}\n})\n`,
  )
  const flags = ['--conditions=@fastpath/source', '--import', import.meta.resolve('tsx')]
  const child = spawn(process.execPath, [...flags, file], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (text += chunk))
  // Not `close`, which does not come once the channel was closed from here.
  const written = [child.stdout, child.stderr].map((stream) => stream && finished(stream))
  const ended = once(child, 'exit').then(async (exit) => {
    await Promise.all(written)
    return exit as Awaited<Run['ended']>
  })
  const ready = Promise.race([
    once(child, 'message').then(([message]) => message),
    ended.then(() => Promise.reject(new Error(text))),
  ])
  ready.catch(() => {})
  return { child, ended, ready, output: () => text }
}

const order = `for (const name of ['first', 'second', 'third']) tools.own({ close: async () => console.log('closed ' + name) })`

test.each(['SIGTERM', 'SIGINT'] as const)('%s closes what it owns in reverse and exits with 0', async (signal) => {
  const { child, ended, ready, output } = await run(order)
  await ready
  child.kill(signal)
  expect(await ended).toEqual([0, null])
  expect(output().match(/closed \w+/g)).toEqual(['closed third', 'closed second', 'closed first'])
})

test('it is ready once started, not ready while it drains, and alive all along', async () => {
  const { child, ended, ready } = await run(`
    tools.health.check('good', async () => {})
    tools.health.check('bad', async () => { throw new Error('gone') })
    tools.own({ close: () => new Promise((resolve) => process.once('SIGUSR2', resolve)) })`)
  const { adminUrl } = await ready
  const readiness = async () => {
    const res = await fetch(`${adminUrl}/readyz`)
    return [res.status, await res.json()]
  }
  const checks = { good: 'ok', bad: 'gone' }
  expect(await readiness()).toEqual([200, { ready: true, state: 'ready', checks }])
  child.kill('SIGTERM')
  for (let told = await readiness(); told[0] === 200; ) told = await readiness()
  expect(await readiness()).toEqual([503, { ready: false, state: 'draining', checks }])
  expect((await fetch(`${adminUrl}/healthz`)).status).toBe(200)
  child.kill('SIGUSR2')
  expect(await ended).toEqual([0, null])
})

test('the admin listener shows metrics, and knows no other path', async () => {
  const { child, ended, ready } = await run(`tools.metrics.counter('things_total', 'Things').add(2)`)
  const { adminUrl } = await ready
  expect(adminUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  expect(await (await fetch(`${adminUrl}/metrics`)).text()).toContain('things_total 2\n')
  expect((await fetch(`${adminUrl}/nonsense`)).status).toBe(404)
  child.kill('SIGTERM')
  await ended
})

test('a service adds pages of its own, which the index links to; what they throw is told', async () => {
  const { child, ended, ready } = await run(`
    tools.admin.page('/sum', 'adds up', (query) => ({ status: 200, type: 'text/plain', body: String(Number(query.get('a')) + 1) }))
    tools.admin.page('/broken', 'throws', async () => { throw new Error('no luck') })`)
  const { adminUrl } = await ready
  expect(await (await fetch(adminUrl)).text()).toContain('<a href="/sum">/sum</a>: adds up')
  expect(await (await fetch(`${adminUrl}/sum?a=2`)).text()).toBe('3')
  const broken = await fetch(`${adminUrl}/broken`)
  expect([broken.status, await broken.text()]).toEqual([500, 'no luck\n'])
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
})

test('the event loop of every service is measured', async () => {
  const { child, ended, ready } = await run('')
  const { adminUrl } = await ready
  const samples = async () => {
    const metrics = await (await fetch(`${adminUrl}/metrics`)).text()
    return Number(/^fastpath_event_loop_delay_seconds_count\{service="sample"\} (\d+)$/m.exec(metrics)?.[1])
  }
  for (let count = 0; !(count > 2); ) count = await samples()
  child.kill('SIGTERM')
  await ended
})

test.each([
  [{}, 'warn true false'],
  [{ NODE_ENV: 'production', QUERY_LOG: '1' }, 'count false true'],
  [{ NODE_ENV: 'production', N_PLUS_ONE: 'fail' }, 'fail true false'],
  [{ N_PLUS_ONE: 'off' }, 'off false false'],
])('with %j a service watches for N+1 so: %s', async (env, expected) => {
  const { child, ended, ready, output } = await run(
    'console.log("watches " + [tools.nPlusOne, tools.callSites, tools.queryLog].join(" "))',
    env,
  )
  await ready
  child.kill('SIGTERM')
  await ended
  expect(/watches (.*)/.exec(output())?.[1]).toBe(expected)
})

test('wrong settings stop the start with their message alone', async () => {
  const { ended, output } = await run('', { ADMIN_PORT: 'x' })
  expect((await ended)[0]).toBe(1)
  expect(output().trim()).toBe(
    'sample can\'t start: 1 setting is wrong\n  ADMIN_PORT   is "x"; takes a whole number from 0 to 65535',
  )
})

test('a start that fails closes what it has opened and exits with 1', async () => {
  const { ended, output } = await run(`${order}\nthrow new Error('no luck')`)
  expect((await ended)[0]).toBe(1)
  expect(output()).toContain('no luck')
  expect(output().match(/closed \w+/g)).toEqual(['closed third', 'closed second', 'closed first'])
})

test('an error that nobody caught ends it with 1, in order', async () => {
  const { ended, ready, output } = await run(`${order}\nsetTimeout(() => { Promise.reject(new Error('stray')) }, 200)`)
  await ready
  expect((await ended)[0]).toBe(1)
  expect(output()).toContain('stray')
  expect(output()).toContain('closed first')
})

test('it ends with the process that started it', async () => {
  const { child, ended, ready, output } = await run(order)
  await ready
  child.disconnect()
  expect(await ended).toEqual([0, null])
  expect(output()).toContain('closed first')
})
