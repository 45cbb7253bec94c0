import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { until } from '@fastpath/testing'
import { expect, test } from '@jest/globals'
import { drainServer } from './drain.js'

const post = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n'

const openServer = async () => {
  let draining = false
  const server = createServer((_, res) => res.setHeader('connection', draining ? 'close' : 'keep-alive').end('done'))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const drain = () => {
    draining = true
    return drainServer(server)
  }
  return { connect: () => connect(port, '127.0.0.1'), drain }
}

const answered = async (socket: Socket): Promise<string> => String((await once(socket, 'data'))[0])

/** Resolves when the server takes no more connections. */
const refused = (open: () => Socket) =>
  until(
    'connections are refused',
    () =>
      new Promise<boolean>((resolve) => {
        const socket = open().once('error', () => resolve(true))
        socket.once('connect', () => resolve(!socket.destroy()))
      }),
  )

test('what was sent over a kept connection before the drain, and not read yet, is answered', async () => {
  const server = await openServer()
  const sockets = Array.from({ length: 20 }, server.connect)
  for (const socket of sockets) {
    socket.write(post)
    expect(await answered(socket)).toContain('200 OK')
  }
  for (const socket of sockets) socket.write(post)
  const drained = server.drain()
  for (const answer of await Promise.all(sockets.map((socket) => text(socket))))
    expect(answer).toMatch(/200 OK.*done$/s)
  await drained
})

test('connections that wait to be accepted when the drain begins are answered, later ones refused', async () => {
  const server = await openServer()
  const sockets = Array.from({ length: 20 }, server.connect)
  for (const socket of sockets) socket.write(post)
  const drained = server.drain()
  for (const answer of await Promise.all(sockets.map((socket) => text(socket))))
    expect(answer).toMatch(/200 OK.*done$/s)
  await drained
  await refused(server.connect)
})

test('what is asked over a kept connection soon after the drain began is answered, and the connection closed', async () => {
  const server = await openServer()
  const socket = server.connect()
  socket.write(post)
  await answered(socket)
  const drained = server.drain()
  await refused(server.connect)
  socket.write(post)
  expect(await text(socket)).toMatch(/200 OK.*connection: close.*done$/is)
  await drained
})

test('a kept connection that asks for nothing does not hold up the drain', async () => {
  const server = await openServer()
  const socket = server.connect()
  socket.write(post)
  await answered(socket)
  await Promise.all([server.drain(), once(socket, 'close')])
})
