import { ask } from './ask.js'
import { writeStep } from './infra-file.js'
import type { InstalledKind, Named } from './kind.js'
import type { Server, ServerOptions } from './server.js'
import { startServer } from './start-server.js'

export interface NatsOptions extends ServerOptions {
  /** Settings in its own language besides where it listens and keeps its data, such as its users; none unless told. */
  readonly config?: string
  /** What `config` calls `$NAME`: in the environment, where no list of processes shows a password. */
  readonly variables?: Readonly<Record<string, string>>
}

/** Starts NATS with JetStream, or takes the one that `NATS_URL` names. Rejects with a ServerError. */
export const startNats = ({ config, variables, ...options }: NatsOptions = {}): Promise<Server> =>
  startServer(config === undefined ? nats : configured(nats, { config, variables }), options)

const configured = (
  kind: typeof nats,
  { config, variables = {} }: { config: string; variables: NatsOptions['variables'] },
): typeof nats => ({
  ...kind,
  async commands(instance) {
    const { prepare, serve, variables: always } = await kind.commands(instance)
    return {
      prepare: [...prepare, writeStep('nats.conf', config)],
      serve: [...serve, '-c', 'nats.conf'],
      variables: { ...always, ...variables },
    }
  },
})

export const nats: InstalledKind & Named = {
  name: 'nats',
  title: 'NATS',
  variable: 'NATS_URL',
  takes: 'nats://host:4222',
  protocols: ['nats:', 'tls:'],
  defaultPort: 4222,
  programs: ['nats-server'],
  packages: { apt: 'nats-server', dnf: 'nats-server', apk: 'nats-server', brew: 'nats-server' },
  npm: null,
  urlAt: (port) => `nats://127.0.0.1:${port}`,
  user: () => null,
  stopSignal: 'TERM',
  pidFile: 'nats.pid',
  readyLine: /Server is ready/,
  commands: ({ programs, folder, port }) => ({
    prepare: [],
    serve: [
      `${programs}/nats-server`,
      '-a',
      '127.0.0.1',
      '-p',
      `${port}`,
      '-js',
      '-sd',
      `${folder}/data`,
      '-P',
      'nats.pid',
    ],
    // One CPU, as its container has (infra/compose). A second idle thread spins in search of work: measured on 2 cores, a
    // quarter of the broker's CPU time, taken from those whom it serves.
    variables: { GOMAXPROCS: '1' },
  }),
  // A NATS server speaks first; over TLS too, its first line is plain.
  probe: (url, timeoutMs) => ask({ url, defaultPort: 4222, timeoutMs, judge: hasJetStream }),
}

const hasJetStream = (answer: Buffer): true | undefined => {
  const text = answer.toString('latin1')
  if (!'INFO '.startsWith(text.slice(0, 5))) throw new Error('answers, but is not NATS')
  if (!text.includes('\r\n')) return undefined
  if (!/"jetstream": ?true/.test(text)) throw new Error('is NATS without JetStream (start it with -js)')
  return true
}
