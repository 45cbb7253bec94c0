import { startChild } from '../child.js'
import type { Lab } from '../experiment.js'
import type { KnownServerArgs } from './server.js'

/** Its address. */
export const startKnownServer = async (lab: Lab, args: KnownServerArgs): Promise<string> =>
  (await startChild<string>(lab, new URL('server.ts', import.meta.url), args)).started

/** Of what it answers. */
export const knownBodyBytes = Buffer.byteLength('known')
