import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { conduitRights } from '@fastpath/contracts'
import { natsUsers, passwordVariable } from '@fastpath/messaging'
import { startNats, startPostgres, startRedis } from '@fastpath/servers'
import { becomeHost } from './servers-socket.js'

// The process that keeps the servers of a test run: `joinSharedServers` starts it, and it ends with its last client.

/** How long it waits for the next client: projects that are tested one after the other share one set. */
const graceMs = 3_000
/** For the first one, which waits for us on a machine that may be busy. */
const firstGraceMs = 5_000

const clients = new Set<Socket>()
/** Said goodbye as the last one, and hears of the end. */
let leaver: Socket | undefined
/** Whoever comes later is told all of it. */
const told: string[] = []
let emptyTimer: NodeJS.Timeout | undefined

const welcome = (client: Socket) => {
  clearTimeout(emptyTimer)
  leaver?.end()
  clients.add(client)
  client.write(told.join(''))
  client.on('close', () => forget(client))
  const lines = createInterface({ input: client })
  // It hands on the errors of the socket, each of which is followed by a close.
  lines.on('error', () => undefined)
  lines.on('line', () => {
    if (clients.size > 1) client.end()
    else leaver = client
    forget(client)
  })
}

const forget = (client: Socket) => {
  const wasLast = clients.delete(client) && clients.size === 0
  if (wasLast) endIn(graceMs)
}

const endIn = (ms: number) => {
  clearTimeout(emptyTimer)
  emptyTimer = setTimeout(end, ms)
}

const tell = (message: object) => {
  const line = `${JSON.stringify(message)}\n`
  told.push(line)
  for (const client of clients) client.write(line)
}

const end = async () => {
  // First the name goes: who comes now starts a host of its own.
  listener?.close()
  for (const client of clients) client.destroy()
  const servers = await starting
  await Promise.all(servers.map((server) => server.stop()))
  // The end of our process is the end of the leaver's connection.
  process.exit(0)
}

/**
 * Every service has the rights that it has in production, under any prefix; who has no name may do everything, for what
 * tests plant and listen to. A password is the user's name: the servers are open to this machine anyway.
 */
const nats = {
  config: `no_auth_user: anybody
authorization: { users: [ { user: anybody, password: anybody }
${natsUsers(conduitRights, { anyPrefix: true })} ] }
`,
  variables: Object.fromEntries(Object.keys(conduitRights).map((user) => [passwordVariable(user), user])),
}

const startAll = async () => {
  const options = { say: (line: string) => tell({ say: line }) }
  const outcomes = await Promise.allSettled([
    startPostgres({ ...options, passwords: true }),
    startNats({ ...options, ...nats }),
    startRedis(options),
  ])
  const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as Error] : []))
  const servers = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  if (reasons.length > 0) tell({ error: reasons.map((reason) => reason.message).join('\n') })
  else tell({ urls: Object.fromEntries(servers.map(({ name, url }) => [name, url])) })
  return servers
}

const [key = ''] = process.argv.slice(2)
const listener = await becomeHost(key, welcome)
if (!listener) process.exit(0)
if (clients.size === 0) endIn(firstGraceMs)
const starting = startAll()
process.on('SIGTERM', end)
