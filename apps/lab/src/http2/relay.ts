import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { serveLab } from '../child.js'
import type { Address } from '../load/http-request.js'

/** A way between a client and a server that is long. */
export interface RelayArgs {
  readonly to: Address
  /** For there and back; 0: it passes on what comes as it comes. */
  readonly roundTripMs: number
}

await serveLab(async ({ to, roundTripMs }: RelayArgs) => {
  // All wait equally long, so nothing overtakes.
  const later = (work: () => void, ms: number) => (roundTripMs > 0 ? void setTimeout(work, ms) : work())
  const passOn = (from: Socket, into: Socket) => {
    from.on('data', (bytes) => later(() => into.write(bytes), roundTripMs / 2))
    from.on('end', () => later(() => into.end(), roundTripMs / 2))
  }
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    const upstream = connect({ ...to, noDelay: true, allowHalfOpen: true })
    client.on('error', () => upstream.destroy())
    upstream.on('error', () => client.destroy())
    passOn(upstream, client)
    // The kernel has said yes at once; over that way it would have taken a round trip until the client may speak.
    later(() => passOn(client, upstream), roundTripMs)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { started: (server.address() as AddressInfo).port }
})
