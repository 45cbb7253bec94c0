import { fileURLToPath } from 'node:url'
import { type ServiceProcess, startServiceProcess } from '@fastpath/servers'
import { bundle } from '../bundle.js'
import type { Lab } from '../experiment.js'

/** Starts one of the programs in this folder just as our own services are started, so that none has an advantage. */
export const startPeer = async (
  lab: Lab,
  name: 'bare' | 'honest' | 'json' | 'kept' | 'mailing' | 'naive',
  env: NodeJS.ProcessEnv,
): Promise<ServiceProcess> => {
  const source = fileURLToPath(new URL(`${name}.ts`, import.meta.url))
  const peer = await startServiceProcess({
    name,
    entry: await bundle(lab, source),
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env },
  })
  lab.own({ close: peer.stop })
  return peer
}
