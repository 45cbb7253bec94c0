import { join } from 'node:path'

/** Where an operator's programs find the NATS of a running stack, and their right to it. */
export const natsUrlFile = (dataFolder: string): string => join(dataFolder, 'nats.url')
