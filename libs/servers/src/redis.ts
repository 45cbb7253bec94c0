import { ask } from './ask.js'
import type { InstalledKind, Named } from './kind.js'
import type { Server, ServerOptions } from './server.js'
import { startServer } from './start-server.js'

export interface RedisOptions extends ServerOptions {
  /** Of letters and digits; none unless told. A server of the environment has its own. */
  readonly password?: string
}

/**
 * Starts Redis, or takes the one that `REDIS_URL` names. Rejects with a ServerError.
 * A temporary one keeps nothing on disk: it is empty after `restart`.
 */
export const startRedis = ({ password, ...options }: RedisOptions = {}): Promise<Server> =>
  startServer(password === undefined ? redis : withPassword(password), options)

const withPassword = (password: string): typeof redis => ({
  ...redis,
  urlAt: (port) => `redis://:${password}@127.0.0.1:${port}`,
  async commands(instance) {
    const { prepare, serve } = await redis.commands(instance)
    const [program = '', ...flags] = serve
    // By its environment and a file for its user alone: everybody on a machine sees the arguments of programs.
    const write = ['sh', '-c', 'echo "requirepass $REDIS_PASSWORD" >data/redis.conf']
    return {
      prepare: [...prepare, write],
      serve: [program, 'data/redis.conf', ...flags],
      variables: { REDIS_PASSWORD: password },
    }
  },
})

export const redis: InstalledKind & Named = {
  name: 'redis',
  title: 'Redis',
  variable: 'REDIS_URL',
  takes: 'redis://[user:password@]host:6379',
  protocols: ['redis:', 'rediss:'],
  defaultPort: 6379,
  programs: ['redis-server'],
  packages: { apt: 'redis-server', dnf: 'redis', apk: 'redis', brew: 'redis' },
  npm: null,
  urlAt: (port) => `redis://127.0.0.1:${port}`,
  user: () => null,
  stopSignal: 'TERM',
  pidFile: 'redis.pid',
  readyLine: /Ready to accept connections/i,
  commands: ({ programs, folder, port, keep }) => ({
    prepare: [['mkdir', '-p', 'data']],
    serve: [
      `${programs}/redis-server`,
      ...['--bind', '127.0.0.1', '--port', `${port}`, '--dir', `${folder}/data`, '--pidfile', `${folder}/redis.pid`],
      ...['--daemonize', 'no', '--save', '', '--appendonly', keep ? 'yes' : 'no'],
    ],
  }),
  probe: (url, timeoutMs) =>
    ask({ url, defaultPort: 6379, tls: url.protocol === 'rediss:', hello: hello(url), timeoutMs, judge: isPong }),
}

const hello = ({ username, password }: URL) => {
  const auth = ['AUTH', ...(username ? [username] : []), password].map(decodeURIComponent)
  return (password ? [auth, ['PING']] : [['PING']]).map(command).join('')
}

const command = (words: string[]) =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`

const isPong = (answer: Buffer): true | undefined => {
  const text = answer.toString()
  if (!/^[+-]/.test(text)) throw new Error('answers, but is not Redis')
  if (/^-NOAUTH/m.test(text)) throw new Error('is Redis and asks for a password')
  const refusal = /^-(.*)\r\n/m.exec(text)?.[1]
  if (refusal) throw new Error(`is Redis and refuses: ${refusal}`)
  return text.includes('+PONG\r\n') || undefined
}
