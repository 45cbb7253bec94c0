import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { integerSetting, readSettings, textSetting } from '@fastpath/runtime'

export const help = `npm start            the whole stack on this machine, until Ctrl-C
npm start -- --edge  the same behind nginx and PgBouncer, where they are installed
npm run reset        clears its data
npm run dead-letters -- --help         events that a consumer could not handle

Settings, from the environment:
  PORT            3000       the public API
  ADMIN_PORT      3001       a page with links to every service's admin listener
  EDGE_PORT       3443       with --edge: HTTPS, by a certificate of its own
  DATA_DIR        .data      where the data is kept
  LOG_LEVEL       warn       of the services: error, warn, info, debug
  SERVER_TIMING   on         who sees where the time went: on (all), gated (SERVER_TIMING_TOKEN, SERVER_TIMING_SAMPLE)
  EXPLAIN_SLOWER_THAN_MS     100         the plan of a statement that took longer is logged, once (0: never)
  N_PLUS_ONE      warn       what becomes of an N+1: off, count, warn, fail (the request)
  QUERY_LOG       0          1 writes every statement with its time, rows and place in the code
  CACHE_BYTES     67108864   of the gateway's memory for what services have said (0: nothing is kept)
  WARM_TIMEOUT_MS 3000       how long its start may take to load and rehearse what readers will want (0: it starts cold)
  WARM_ARTICLES              slugs of articles that are loaded at its start
  DATABASE_URL, NATS_URL, REDIS_URL      servers to use instead of private ones
  SMTP_URL                               a mail server to use; without it no mail leaves the machine: ADMIN_PORT shows it, at /mail
  MAIL_FROM                  conduit@localhost, the address that mails come from
  TOKEN_KEYS                 id:base64, the key that signs tokens first, instead of one kept in DATA_DIR
  TOKEN_TTL_SECONDS          5184000 (60 days): how long a token is good
  ARGON2_MEMORY_KIB          19456      the cost of a password's hash: memory,
  ARGON2_ITERATIONS          2          and passes over it
  HASH_CONCURRENCY           half of the cores, at most 2: passwords hashed at a time
  HASH_MAX_WAITING           100        passwords that may wait for their turn
  FASTPATH_INSTALL=0                     never install a missing server`

/** @throws SettingsError that names every wrong setting. */
export const readStartSettings = (root: string, env: NodeJS.ProcessEnv, args: readonly string[]) => {
  const { values } = parseArgs({
    args: [...args],
    options: { help: { type: 'boolean', short: 'h' }, reset: { type: 'boolean' }, edge: { type: 'boolean' } },
  })
  const settings = readSettings('npm start', env, {
    port: integerSetting('PORT', 0, 65_535, 3000),
    adminPort: integerSetting('ADMIN_PORT', 0, 65_535, 3001),
    edgePort: integerSetting('EDGE_PORT', 0, 65_535, 3443),
    dataDir: textSetting('DATA_DIR', 'a folder', '.data'),
    tokenKeys: textSetting('TOKEN_KEYS', 'what the user service takes', ''),
  })
  const task = values.help ? 'help' : values.reset ? 'reset' : 'start'
  return { ...settings, edge: values.edge ?? false, dataDir: resolve(root, settings.dataDir), task } as const
}
