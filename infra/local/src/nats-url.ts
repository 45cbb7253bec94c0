import { join } from 'node:path'

/** Where other programs of this machine find the NATS of a running stack. */
export const natsUrlFile = (dataFolder: string): string => join(dataFolder, 'nats.url')
