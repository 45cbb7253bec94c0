import { ask } from './ask.js'
import { foldersWith, usualFolders } from './find-binary.js'
import { missing } from './find-programs.js'
import { fillIn, infraFile, writeStep } from './infra-file.js'
import type { InstalledKind } from './kind.js'
import type { Server, ServerOptions } from './server.js'
import type { ServerError } from './server-error.js'
import { startServer } from './start-server.js'
import { unprivilegedUser } from './user.js'

export interface PgBouncerOptions extends ServerOptions {
  /** Of the PostgreSQL behind it. */
  readonly postgresUrl: string
  /** The text of its `auth_file`: a line `"role" "SCRAM-SHA-256$…"` for each role. */
  readonly users: string
}

/**
 * Starts PgBouncer with `infra/pgbouncer/pgbouncer.ini`, in which only paths and addresses are filled in. Never
 * installed unasked. Rejects with a ServerError.
 */
export const startPgBouncer = (options: PgBouncerOptions): Promise<Server> => startServer(pgbouncer(options), options)

/** How to come by it where it is not there. */
export const pgBouncerMissing = (path = process.env.PATH, folders = usualFolders): ServerError | undefined =>
  foldersWith(['pgbouncer'], path, folders).length > 0 ? undefined : missing(pgbouncer({ postgresUrl: '', users: '' }))

const pgbouncer = ({ postgresUrl, users }: PgBouncerOptions): InstalledKind => ({
  name: 'pgbouncer',
  title: 'PgBouncer',
  programs: ['pgbouncer'],
  packages: { apt: 'pgbouncer', dnf: 'pgbouncer', apk: 'pgbouncer', brew: 'pgbouncer' },
  npm: null,
  urlAt: (port) => `postgres://127.0.0.1:${port}`,
  // It refuses root.
  user: unprivilegedUser,
  // Clients are cut off, as they are by PostgreSQL's fast shutdown; SIGINT would wait for them.
  stopSignal: 'TERM',
  pidFile: 'data/pgbouncer.pid',
  readyLine: /process up/,
  commands: ({ programs, folder, port }) => ({
    prepare: [
      ['mkdir', '-p', 'data'],
      writeStep('data/users.txt', users),
      writeStep(
        'data/pgbouncer.ini',
        fillIn(infraFile('pgbouncer/pgbouncer.ini'), {
          POOLER_POSTGRES_HOST: new URL(postgresUrl).hostname,
          POOLER_POSTGRES_PORT: new URL(postgresUrl).port || '5432',
          POOLER_HOST: '127.0.0.1',
          POOLER_PORT: `${port}`,
          POOLER_RUN: `${folder}/data`,
          POOLER_USERS: `${folder}/data/users.txt`,
        }),
      ),
    ],
    // At home in its folder, by which a later start tells it from others.
    serve: ['sh', '-c', 'cd data && exec "$@"', 'sh', `${programs}/pgbouncer`, `${folder}/data/pgbouncer.ini`],
  }),
  // May we use TLS? Any answer is one.
  probe: (url, timeoutMs) => ask({ url, defaultPort: 6432, hello: sslRequest, timeoutMs, judge: isYesOrNo }),
})

const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])

const isYesOrNo = (answer: Buffer): true => {
  if (!/^[SN]$/.test(answer.toString('latin1'))) throw new Error('answers, but is not PgBouncer')
  return true
}
