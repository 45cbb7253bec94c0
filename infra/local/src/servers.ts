import { join } from 'node:path'
import { type Server, startNats, startPostgres, startRedis } from '@fastpath/servers'

export interface Servers {
  readonly postgresUrl: string
  readonly natsUrl: string
  readonly redisUrl: string
  close(): Promise<void>
}

/** The servers behind the services, with their data in the folder; all of them, or none is left running. */
export const startServers = async (dataFolder: string, say: (line: string) => void): Promise<Servers> => {
  const options = (name: string) => ({ dataDir: join(dataFolder, name), say })
  const starts = await Promise.allSettled([
    startPostgres(options('postgres')),
    startNats(options('nats')),
    startRedis(options('redis')),
  ])
  const started = starts.filter((start) => start.status === 'fulfilled').map((start) => start.value)
  const close = async () => {
    await Promise.all(started.map((server) => server.stop()))
  }
  const failed = starts.find((start) => start.status === 'rejected')
  if (failed) {
    await close()
    throw failed.reason
  }
  const [postgres, nats, redis] = started as [Server, Server, Server]
  return { postgresUrl: postgres.url, natsUrl: nats.url, redisUrl: redis.url, close }
}
