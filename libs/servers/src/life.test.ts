import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { startServer } from './start-server.js'
import { kinds, newFolder, nothingOf, privately, tracesOf } from './test-parts.js'

// A busy machine takes seconds to initialise a PostgreSQL.
jest.setTimeout(60_000)

const undo: (() => unknown)[] = []

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

describe.each(kinds)('$kind.title', ({ kind, start, write, read }) => {
  test('starts, answers, stops, and leaves no process and no folder', async () => {
    const server = await start(privately)
    undo.push(server.stop)
    const traces = tracesOf(server.pid ?? 0)
    await write(server.url)
    await Promise.all([server.stop(), server.stop()])
    expect(nothingOf(traces)).toBe(true)
    expect(server.pid).toBeNull()
    await expect(read(server.url)).rejects.toThrow('refused')
  })

  test('keeps its data in a given folder, over a kill and over a stop', async () => {
    const { folder, remove } = newFolder()
    undo.push(remove)
    const first = await start({ ...privately, dataDir: folder })
    undo.push(first.stop)
    await write(first.url)
    await first.kill()
    await expect(read(first.url)).rejects.toThrow('refused')
    await first.restart()
    await read(first.url)
    await first.stop()
    expect(existsSync(folder)).toBe(true)

    const second = await start({ ...privately, dataDir: folder })
    undo.push(second.stop)
    await expect(read(second.url)).resolves.toBeUndefined()
  })

  test('answers nobody while paused, and can be stopped then', async () => {
    const server = await start(privately)
    undo.push(server.stop)
    const traces = tracesOf(server.pid ?? 0)
    await write(server.url)
    server.pause()
    // The signal returns before every thread of the process has stopped.
    await sleep(100)
    await expect(read(server.url, 300)).rejects.toThrow('gave no answer')
    server.resume()
    await read(server.url)
    server.pause()
    await server.stop()
    expect(nothingOf(traces)).toBe(true)
  })

  test('takes another port when its own was snatched away', async () => {
    const stranger = createServer().listen(0, '127.0.0.1')
    await once(stranger, 'listening')
    undo.push(() => stranger.close())
    const { port: taken } = stranger.address() as AddressInfo
    let tries = 0
    const commands: typeof kind.commands = (instance) =>
      kind.commands(tries++ === 0 ? { ...instance, port: taken } : instance)
    const server = await startServer({ ...kind, commands }, privately)
    undo.push(server.stop)
    expect(tries).toBe(2)
    await write(server.url)
  })
})

test('several at once get ports and folders of their own', async () => {
  const servers = await Promise.all(kinds.flatMap(({ start }) => [start(privately), start(privately)]))
  undo.push(...servers.map((server) => server.stop))
  expect(new Set(servers.map(({ url }) => new URL(url).port)).size).toBe(8)
  expect(new Set(servers.map(({ pid }) => tracesOf(pid ?? 0).folder)).size).toBe(8)
})
