import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serveLab } from '../child.js'

/** A server of known latency, that can stand still now and then, as for a long collection of garbage. */
export interface KnownServerArgs {
  readonly answerMs: number
  /** How long and how often nothing is answered; never unless told. */
  readonly stall?: { readonly ms: number; readonly everyMs: number }
}

await serveLab(async ({ answerMs, stall }: KnownServerArgs) => {
  const server = createServer((_req, res) => void setTimeout(() => res.end('known'), answerMs))
  server.keepAliveTimeout = 120_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const nobodyKnocks = new Int32Array(new SharedArrayBuffer(4))
  if (stall) setInterval(() => Atomics.wait(nobodyKnocks, 0, 0, stall.ms), stall.everyMs)
  return { started: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
})
