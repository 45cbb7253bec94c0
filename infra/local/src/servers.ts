import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Server, startNats, startPostgres, startRedis, startSmtp } from '@fastpath/servers'
import { natsUrlFile } from './nats-url.js'

export interface Servers {
  readonly postgresUrl: string
  readonly natsUrl: string
  readonly redisUrl: string
  readonly smtpUrl: string
  /** Of the development mailbox; null where `SMTP_URL` names a server of the environment. */
  readonly mailFolder: string | null
  close(): Promise<void>
}

/** The servers behind the services, with their data in the folder; all of them, or none is left running. */
export const startServers = async (dataFolder: string, say: (line: string) => void): Promise<Servers> => {
  const options = (name: string) => ({ dataDir: join(dataFolder, name), say })
  const starts = await Promise.allSettled([
    startPostgres(options('postgres')),
    startNats(options('nats')),
    startRedis(options('redis')),
    startSmtp(options('smtp')),
  ])
  const started = starts.filter((start) => start.status === 'fulfilled').map((start) => start.value)
  const close = async () => {
    await rm(natsUrlFile(dataFolder), { force: true })
    await Promise.all(started.map((server) => server.stop()))
  }
  const failed = starts.find((start) => start.status === 'rejected')
  if (failed) {
    await close()
    throw failed.reason
  }
  const [postgres, nats, redis, smtp] = started as [Server, Server, Server, Server]
  // For this user alone: a URL of the environment may hold a password.
  await writeFile(natsUrlFile(dataFolder), nats.url, { mode: 0o600 })
  return {
    postgresUrl: postgres.url,
    natsUrl: nats.url,
    redisUrl: redis.url,
    smtpUrl: smtp.url,
    mailFolder: smtp.folder,
    close,
  }
}
