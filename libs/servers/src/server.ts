export type ServerName = 'postgres' | 'nats' | 'redis' | 'smtp' | 'nginx' | 'pgbouncer'

export interface Server {
  readonly name: ServerName
  /** `postgres://postgres@127.0.0.1:PORT/postgres`, `nats://127.0.0.1:PORT`, `redis://127.0.0.1:PORT`, …, or the one of the environment. */
  readonly url: string
  /** Where its data and its log are; null for one of the environment. */
  readonly folder: string | null
  /** Of the server process itself; null for one of the environment, and while it doesn't run. */
  readonly pid: number | null
  /** Graceful; idempotent; resolves when the process is gone and its temporary folder is removed. */
  stop(): Promise<void>
  /** SIGKILL to the server and its children; resolves when they are gone. Throws for one of the environment. */
  kill(): Promise<void>
  /** SIGSTOP to the server and its children: connections stay open and nobody answers. */
  pause(): void
  resume(): void
  /** Starts it again after `kill`, on the same port and data. */
  restart(): Promise<void>
}

export interface ServerOptions {
  /** Where the data lives; absent: a temporary folder that is removed at `stop`. */
  dataDir?: string
  /** Tells the URLs of running servers and the PATH; default `process.env`. */
  env?: NodeJS.ProcessEnv
  /** Takes one-line messages about what is done; default: nobody is told. */
  say?: (line: string) => void
  /** Of 127.0.0.1; by default any free one. */
  port?: number
  /** False: a private instance even where the URL variable is set, for tests that kill it. Default true. */
  external?: boolean
  /** Where to look for the programs besides PATH; default: where Debian and Homebrew put them. */
  folders?: readonly string[]
}
