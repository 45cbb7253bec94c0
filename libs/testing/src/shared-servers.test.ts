import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeEach, expect, jest, test } from '@jest/globals'
import { hostKey } from './servers-socket.js'
import type { ServerUrls } from './shared-servers.js'

// A busy machine takes seconds to initialise a PostgreSQL.
jest.setTimeout(60_000)

// Every client is a process of its own, as the jest processes of a run are.

const root = fileURLToPath(new URL('../../..', import.meta.url))
// What this run's own shared servers may have set.
const { DATABASE_URL: _1, NATS_URL: _2, REDIS_URL: _3, NODE_OPTIONS: _4, ...env } = process.env
const clients: ChildProcess[] = []
let group = ''

beforeEach(() => {
  group = randomUUID()
})

afterAll(() => {
  for (const client of clients) client.kill('SIGKILL')
})

test('who comes at once or within the grace shares one set; the last to leave waits until it is gone', async () => {
  const [first, second, third] = await Promise.all([join(), join(), join()])
  expect([second.urls, third.urls]).toEqual([first.urls, first.urls])
  expect(hosts()).toHaveLength(1)
  const shared = servers()
  expect(shared.map(({ name }) => name).sort()).toEqual(['nats', 'postgres', 'redis'])

  await first.leave()
  await second.leave()
  expect(leftOf(shared)).toHaveLength(3)
  const leaving = third.leave()
  const late = await join()
  await leaving
  expect(late.urls).toEqual(first.urls)
  await late.leave()
  expect(leftOf(shared)).toEqual([])
  expect(socketFiles()).toEqual([])
})

test('when all clients are killed nothing stays', async () => {
  const client = await join()
  const shared = servers()
  expect(shared).toHaveLength(3)
  client.process.kill('SIGKILL')
  await until(() => hosts().length === 0)
  expect(leftOf(shared)).toEqual([])
  expect(socketFiles()).toEqual([])
})

test('when the host is killed its servers go, and one other host replaces it', async () => {
  const orphan = await join()
  const orphaned = servers()
  expect(orphaned).toHaveLength(3)
  process.kill(hosts()[0] ?? 0, 'SIGKILL')
  const [first, second] = await Promise.all([join(), join()])
  expect(first.urls).toEqual(second.urls)
  expect(first.urls).not.toEqual(orphan.urls)
  expect(hosts()).toHaveLength(1)
  await until(() => leftOf(orphaned).length === 0)
  await Promise.all([orphan.leave(), first.leave(), second.leave()])
  expect(socketFiles()).toEqual([])
})

test('with all three URLs in the environment nothing is started', async () => {
  const urls = { DATABASE_URL: 'postgres://a', NATS_URL: 'nats://b', REDIS_URL: 'redis://c' }
  const client = await join(urls)
  expect(client.urls).toEqual({ postgres: 'postgres://a', nats: 'nats://b', redis: 'redis://c' })
  await client.leave()
  expect(hosts(hostKey(group, urls))).toEqual([])
})

const script = `
  const { joinSharedServers } = await import('./libs/testing/src/shared-servers.ts')
  const { urls, leave } = await joinSharedServers({ group: process.argv[1] })
  console.log(JSON.stringify(urls))
  for await (const _ of process.stdin) {}
  await leave()
  process.exit(0)
`

interface Client {
  process: ChildProcess
  urls: ServerUrls
  leave(): Promise<void>
}

const join = async (urls: NodeJS.ProcessEnv = {}): Promise<Client> => {
  const args = ['--conditions=@fastpath/source', '--import', 'tsx', '--input-type=module', '-e', script, group]
  const client = spawn(process.execPath, args, {
    cwd: root,
    env: { ...env, ...urls },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  clients.push(client)
  const [line] = await once(createInterface({ input: client.stdout }), 'line')
  const leave = async () => {
    const exit = once(client, 'exit')
    client.stdin.end()
    expect((await exit)[0]).toBe(0)
  }
  return { process: client, urls: JSON.parse(line), leave }
}

interface Running {
  pid: number
  parent: number
  args: string
}

const processes = (): Running[] => {
  const rows = execFileSync('ps', ['-A', '-ww', '-o', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' }).split('\n')
  return rows.flatMap((row) => {
    const [, pid, parent, state = '', args = ''] = /^ *(\d+) +(\d+) +(\S+) +(.*)$/.exec(row) ?? []
    return pid && !state.startsWith('Z') ? [{ pid: Number(pid), parent: Number(parent), args }] : []
  })
}

const hosts = (key = hostKey(group, env)): number[] =>
  processes().flatMap(({ pid, args }) => (args.endsWith(`servers-host.ts ${key}`) ? [pid] : []))

/** Each server of the only host, by way of its guard, whose arguments tell its folder. */
const servers = () => {
  const all = processes()
  const guards = all.filter(({ parent }) => hosts().includes(parent))
  return guards.flatMap((guard) => {
    const [folder = '', name = ''] = /\/\S*fastpath-([a-z]+)-[0-9a-f]{12}/.exec(guard.args) ?? []
    const server = all.find(({ parent, args }) => parent === guard.pid && !args.includes('fastpath-guard'))
    return server ? [{ name, folder, pid: server.pid }] : []
  })
}

const leftOf = (some: ReturnType<typeof servers>) => {
  const running = new Set(processes().map(({ pid }) => pid))
  return some.filter(({ pid, folder }) => running.has(pid) || existsSync(folder))
}

const socketFiles = () => readdirSync(tmpdir()).filter((name) => name.includes(hostKey(group, env)))

const until = async (isSo: () => boolean) => {
  while (!isSo()) await pause(50)
}
