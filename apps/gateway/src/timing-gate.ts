import { hash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

export interface TimingGateOptions {
  /** `on`: everybody is shown where the time went. `gated`: holders of the token, and a sampled share of all requests. */
  readonly serverTiming: 'on' | 'gated'
  /** `null`: nobody holds one. */
  readonly serverTimingToken: string | null
  /** From 0 to 1, of the requests without the token. */
  readonly serverTimingSample: number
}

/** Whether the answer to a request says where its time went. */
export type TimingGate = (req: IncomingMessage) => boolean

/**
 * The gate before `Server-Timing`: durations tell strangers which names exist and which caches are warm.
 *
 * @example const gate = createTimingGate({ serverTiming: 'gated', serverTimingToken: '…', serverTimingSample: 0.01 })
 */
export const createTimingGate = (options: TimingGateOptions): TimingGate => {
  const { serverTiming, serverTimingToken, serverTimingSample } = options
  if (serverTiming === 'on') return () => true
  const isToken = serverTimingToken === null ? () => false : sameAs(serverTimingToken)
  return ({ headers }) => isToken(headers['server-timing-token']) || Math.random() < serverTimingSample
}

/** Compares digests, so that neither the time nor the length of a guess says how near it was. */
const sameAs = (token: string) => {
  const expected = digest(token)
  return (sent: string | string[] | undefined): boolean =>
    typeof sent === 'string' && timingSafeEqual(digest(sent), expected)
}

const digest = (text: string): Buffer => hash('sha256', text, 'buffer')
