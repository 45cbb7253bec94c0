import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { startNats } from './nats.js'
import { postgresHome, startPostgres } from './postgres.js'
import { isRunning } from './processes.js'
import { startRedis } from './redis.js'
import { asParent, killGuard, kinds, newFolder, nothingOf, privately, tracesOf, until } from './test-parts.js'

// A busy machine takes seconds to initialise a PostgreSQL.
jest.setTimeout(60_000)

const undo: (() => unknown)[] = []

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

/** A process of its own that starts a server and waits. */
const parentOf = async (start: string, options: object) => {
  const script = `console.log(String((await ${start}(${JSON.stringify(options)})).pid)); setInterval(() => {}, 1000)`
  const { parent, line } = await asParent(script)
  undo.push(() => parent.kill('SIGKILL'))
  return { parent, traces: tracesOf(Number(line)) }
}

const killed = (pid: number | undefined) => process.kill(pid ?? 0, 'SIGKILL')

describe.each(kinds)('$kind.title', ({ start, write, read }) => {
  test('goes, with its folder, when its parent is killed', async () => {
    const { parent, traces } = await parentOf(start.name, privately)
    killed(parent.pid)
    await until(() => nothingOf(traces))
    expect(isRunning(traces.server)).toBe(false)
  })

  test('that lost parent and guard is stopped by the next start, and its data found', async () => {
    const { folder, remove } = newFolder()
    undo.push(remove)
    const { parent, traces } = await parentOf(start.name, { ...privately, dataDir: folder })
    undo.push(() => isRunning(traces.server) && killed(traces.server))
    killGuard(traces)
    killed(parent.pid)
    expect(isRunning(traces.server)).toBe(true)

    const next = await start({ ...privately, dataDir: folder })
    undo.push(next.stop)
    expect(isRunning(traces.server)).toBe(false)
    await write(next.url)
    await expect(read(next.url)).resolves.toBeUndefined()
  })
})

test('a server whose guard alone was killed still stops', async () => {
  const server = await startRedis(privately)
  const traces = tracesOf(server.pid ?? 0)
  killGuard(traces)
  await server.stop()
  expect(nothingOf(traces)).toBe(true)
})

test('a folder serves one server at a time', async () => {
  const { folder, remove } = newFolder()
  undo.push(remove)
  const first = await startNats({ ...privately, dataDir: folder })
  undo.push(first.stop)
  await expect(startNats({ ...privately, dataDir: folder })).rejects.toMatchObject({ code: 'SERVER_IN_USE' })
  expect(isRunning(first.pid ?? 0)).toBe(true)
})

test.each([20, 300])('a parent killed %i ms into its first start leaves a folder for the next', async (afterMs) => {
  const { folder, remove } = newFolder()
  undo.push(remove)
  const { parent } = await asParent(`await startPostgres({ external: false, dataDir: '${folder}' })`, false)
  undo.push(() => parent.kill('SIGKILL'))
  await until(() => existsSync(folder))
  await pause(afterMs)
  killed(parent.pid)
  const server = await startPostgres({ ...privately, dataDir: folder })
  undo.push(server.stop)
  expect(readdirSync(folder).sort()).toEqual(['data', 'guard.pid', 'server.log'])
})

test('what a killed initdb left is removed', async () => {
  const { folder, remove } = newFolder()
  undo.push(remove)
  mkdirSync(join(folder, 'data.partial-0a1b2c3d'), { recursive: true })
  writeFileSync(join(folder, 'data.partial-0a1b2c3d', 'PG_VERSION'), '15')
  writeFileSync(join(folder, 'guard.pid'), '999999\n')
  const server = await startPostgres({ ...privately, dataDir: folder })
  undo.push(server.stop)
  expect(readdirSync(folder).sort()).toEqual(['data', 'guard.pid', 'server.log'])
})

test('Ctrl-C in the terminal reaches the parent and not the server', async () => {
  const { parent, line } = await asParent(`
    const server = await startNats({ external: false })
    process.on('SIGINT', async () => {
      const alive = process.kill(server.pid, 0)
      await server.stop()
      process.exit(alive ? 7 : 1)
    })
    console.log(String(server.pid))
    setInterval(() => {}, 1000)`)
  const traces = tracesOf(Number(line))
  const exit = new Promise((resolve) => parent.once('exit', resolve))
  // To the whole group, as a terminal does.
  process.kill(-(parent.pid ?? 0), 'SIGINT')
  expect(await exit).toBe(7)
  expect(nothingOf(traces)).toBe(true)
})

test('a parent that forgets to stop its server ends, and the server with it', async () => {
  // It stays for as long as it takes to look at what it has started.
  const { parent, line } = await asParent(`
    console.log(String((await startRedis({ external: false })).pid))
    setTimeout(() => {}, 3_000)`)
  const traces = tracesOf(Number(line))
  await until(() => parent.exitCode === 0 && nothingOf(traces))
  expect(parent.exitCode).toBe(0)
})

const asRoot = process.getuid?.() === 0 ? test : test.skip

asRoot('as root, data in a folder that PostgreSQL cannot enter are kept where it can, and found again', async () => {
  const { folder, remove } = newFolder()
  mkdirSync(folder)
  chmodSync(folder, 0o700)
  const options = { ...privately, dataDir: join(folder, 'data') }
  const home = await postgresHome(options.dataDir)
  undo.push(remove, () => rm(home, { recursive: true, force: true }))
  expect(home.startsWith(folder)).toBe(false)
  const [pg] = kinds
  const said: string[] = []
  const first = await startPostgres({ ...options, say: (line) => said.push(line) })
  undo.push(first.stop)
  expect(said.join()).toContain(home)
  await pg.write(first.url)
  await first.stop()
  const second = await startPostgres(options)
  undo.push(second.stop)
  await expect(pg.read(second.url)).resolves.toBeUndefined()
})
