import { startChild } from '../child.js'
import type { Lab } from '../experiment.js'

export interface LoadRequest {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly connections: number
  readonly ms: number
  /** How long the body of every answer must be; its content is checked by whoever measures, once. */
  readonly bodyBytes: number
}

export interface LoadReport {
  readonly requests: number
  readonly rps: number
  readonly p50Ms: number
  readonly p99Ms: number
}

export interface LoadGenerator {
  /** @throws Error at the first answer that is not 200 with `bodyBytes`, and for a lost connection. */
  run(request: Omit<LoadRequest, 'connections'> & { readonly connections?: number }): Promise<LoadReport>
}

/**
 * Asks one URL over keep-alive connections (16 unless told), each in a closed loop: one request, its answer, the next.
 * In a process of its own, so that neither the measuring nor the measured shares an event loop with it.
 */
export const startLoadGenerator = async (lab: Lab): Promise<LoadGenerator> => {
  const { child } = await startChild(lab, new URL('closed-loop-worker.ts', import.meta.url), null)
  return { run: (request) => child.ask<LoadReport>({ connections: 16, ...request }) }
}
