import type { Server } from 'node:http'
import { Server as TcpServer } from 'node:net'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'

/** A server that never rests waits no longer for a moment of rest. */
const maxUnrestMs = 1_000
/** A proxy uses what it used last first: by then what it needs of its kept connections was closed by an answer. */
const keptMs = 500

/**
 * Closes a server without a loss: refuses new connections, and lets each that is open end its answer, which has to say
 * `Connection: close`.
 *
 * What was sent but not read yet would be lost with its connection, and Node accepts one connection each turn of its event
 * loop, however many wait. So nothing is closed before a whole turn brought neither connection nor request.
 */
export const drainServer = async (server: Server): Promise<void> => {
  let arrived = 0
  const count = () => {
    arrived++
  }
  server.on('connection', count).on('request', count)

  const rest = async () => {
    const untilMs = performance.now() + maxUnrestMs
    // The first turn has begun already.
    await turn()
    for (let before = -1; before !== arrived && performance.now() < untilMs; ) {
      before = arrived
      await turn()
    }
  }

  await rest()
  let open = true
  // Not the `close` of HTTP, which closes idle connections with it, and one of them may just be asked something.
  const closed = new Promise<void>((resolve) => TcpServer.prototype.close.call(server, () => resolve())).then(() => {
    open = false
  })
  for (let waitMs = keptMs; open; waitMs = 50) {
    await Promise.race([closed, sleep(waitMs)])
    await rest()
    server.closeIdleConnections()
  }
  // What else it holds.
  server.close()
}
