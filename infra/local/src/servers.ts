import { randomBytes } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { conduitRights } from '@fastpath/contracts'
import { passwordVariable } from '@fastpath/messaging'
import { infraFile, type Server, startNats, startPostgres, startRedis, startSmtp } from '@fastpath/servers'
import { natsUrlFile } from './nats-url.js'

export interface Servers {
  readonly postgresUrl: string
  /** Of the private broker as a user of its own, with its rights there; one of the environment is told as it is. */
  natsUrlAs(user: keyof typeof conduitRights): string
  readonly redisUrl: string
  readonly smtpUrl: string
  /** Of the development mailbox; null where `SMTP_URL` names a server of the environment. */
  readonly mailFolder: string | null
  close(): Promise<void>
}

/** The servers behind the services, with their data in the folder; all of them, or none is left running. */
export const startServers = async (dataFolder: string, say: (line: string) => void): Promise<Servers> => {
  const options = (name: string) => ({ dataDir: join(dataFolder, name), say })
  // New at each start: nobody needs to know them, so they are kept nowhere.
  const passwords = new Map(Object.keys(conduitRights).map((user) => [user, newPassword()]))
  const starts = await Promise.allSettled([
    startPostgres({ ...options('postgres'), passwords: true }),
    startNats({
      ...options('nats'),
      config: infraFile('nats/permissions.conf'),
      variables: Object.fromEntries([...passwords].map(([user, password]) => [passwordVariable(user), password])),
    }),
    startRedis({ ...options('redis'), password: newPassword() }),
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
  const natsUrlAs = (user: keyof typeof conduitRights): string => {
    const { protocol, host } = new URL(nats.url)
    // A server of the environment has users of its own, or none.
    return nats.folder === null ? nats.url : `${protocol}//${user}:${passwords.get(user)}@${host}`
  }
  // For this user alone, since it holds a password.
  await writeFile(natsUrlFile(dataFolder), natsUrlAs('operator'), { mode: 0o600 })
  return {
    postgresUrl: postgres.url,
    natsUrlAs,
    redisUrl: redis.url,
    smtpUrl: smtp.url,
    mailFolder: smtp.folder,
    close,
  }
}

/** Begins with a letter: what the broker reads as a number is no password to it. */
const newPassword = (): string => `p${randomBytes(24).toString('hex')}`
