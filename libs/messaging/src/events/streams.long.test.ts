import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '@fastpath/testing'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { connect as connectRaw, type JetStreamManager, type NatsConnection } from 'nats'
import { type Bus, connect } from '../connect.js'
import { eventNames } from './streams.js'
import { counted } from './test-events.js'

jest.setTimeout(90_000)

const brokers: ChildProcess[] = []
const buses: Bus[] = []
let folder: string
let url: string
let connection: NatsConnection
let manager: JetStreamManager
/** A cluster of three. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fastpath-cluster-'))
  const [ports, routePorts] = [await freePorts(), await freePorts()]
  const routes = routePorts.map((port) => `nats://127.0.0.1:${port}`)
  for (const [i, route] of routes.entries()) {
    const listen = ['-a', '127.0.0.1', '-p', `${ports[i]}`, '-n', `broker-${i}`, '-js', '-sd', join(folder, `${i}`)]
    const cluster = ['--cluster_name', 'test', '--cluster', route, '--routes', routes.join()]
    brokers.push(spawn('nats-server', [...listen, ...cluster], { stdio: 'ignore' }))
  }
  url = ports.map((port) => `nats://127.0.0.1:${port}`).join()
  connection = await until('a broker answers', () => connectRaw({ servers: url.split(',') }).catch(() => null), 30_000)
  manager = await until('the cluster has a leader', () => connection.jetstreamManager().catch(() => null), 30_000)
})
afterAll(async () => {
  await Promise.all(buses.map((bus) => bus.close()))
  await connection?.close()
  await Promise.all(brokers.map((broker) => broker.kill('SIGKILL') && once(broker, 'exit')))
  await rm(folder, { recursive: true, force: true })
})

const freePorts = () =>
  Promise.all(
    [1, 2, 3].map(async () => {
      const server = createServer().listen(0, '127.0.0.1')
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      await new Promise((resolve) => server.close(resolve))
      return port
    }),
  )

/** Resolves when it has made sure of the streams, and then of its consumer. */
const consumeAs = async (name: string, options: { prefix: string; eventReplicas?: number }) => {
  const bus = await connect({ url, name, ...options })
  buses.push(bus)
  bus.consume(counted, { name, handle: async () => {} })
  const { events, durableOf } = eventNames(options.prefix)
  const durable = durableOf(name, counted.subject)
  await until('it consumes', () => manager.consumers.info(events, durable).catch(() => null), 30_000)
}
const replicas = async (prefix: string) => {
  const { events, deadLetters } = eventNames(prefix)
  const infos = await Promise.all([events, deadLetters].map((stream) => manager.streams.info(stream)))
  return infos.map(({ config }) => config.num_replicas)
}

test('who is not told how many copies the streams have leaves them as they are', async () => {
  await consumeAs('told', { prefix: 'a.', eventReplicas: 3 })
  await consumeAs('untold', { prefix: 'a.' })
  expect(await replicas('a.')).toEqual([3, 3])
})

test('who is told gives the streams their copies, whoever has made them', async () => {
  await consumeAs('untold', { prefix: 'b.' })
  expect(await replicas('b.')).toEqual([1, 1])
  await consumeAs('told', { prefix: 'b.', eventReplicas: 3 })
  expect(await replicas('b.')).toEqual([3, 3])
})
