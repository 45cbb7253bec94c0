import { fileURLToPath } from 'node:url'
import { type ServiceProcess, startServiceProcess } from '@fastpath/servers'
import type { Lab } from '../experiment.js'

/** Starts one of the programs in this folder just as our own services are started, so that none has an advantage. */
export const startPeer = async (
  lab: Lab,
  name: 'bare' | 'honest' | 'naive',
  env: NodeJS.ProcessEnv,
): Promise<ServiceProcess> => {
  const peer = await startServiceProcess({
    name,
    entry: fileURLToPath(new URL(`${name}.ts`, import.meta.url)),
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env },
  })
  lab.own({ close: peer.stop })
  return peer
}
