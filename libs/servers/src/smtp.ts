import { fileURLToPath } from 'node:url'
import { ask } from './ask.js'
import type { Named, OwnKind } from './kind.js'
import type { Server, ServerOptions } from './server.js'
import { startServer } from './start-server.js'

export interface SmtpOptions extends ServerOptions {
  /** Milliseconds between a mail's being on disk and the answer that says so; default 0. */
  delayMs?: number
  /** Mails kept; the oldest go. Default 5,000. */
  keepMails?: number
}

/**
 * Starts a mail server that delivers nothing: it keeps every mail on disk, for `listMails`, before it says 250. Or takes
 * the one that `SMTP_URL` names. Some addresses are refused or answered late, see smtp-tags.ts. Rejects with a ServerError.
 */
export const startSmtp = ({ delayMs = 0, keepMails = 5_000, ...options }: SmtpOptions = {}): Promise<Server> =>
  startServer(smtp({ delayMs, keepMails }), options)

export const smtp = ({ delayMs, keepMails }: { delayMs: number; keepMails: number }): OwnKind & Named => ({
  name: 'smtp',
  title: 'SMTP',
  variable: 'SMTP_URL',
  takes: 'smtp://[user:password@]host:587',
  protocols: ['smtp:', 'smtps:'],
  defaultPort: 587,
  programs: ['smtp-sink'],
  packages: null,
  urlAt: (port) => `smtp://127.0.0.1:${port}`,
  user: () => null,
  stopSignal: 'TERM',
  pidFile: 'smtp.pid',
  readyLine: /Ready to take mail/,
  commands: ({ folder, port }) => ({
    prepare: [],
    serve: [process.execPath, ...program(), `${folder}/data`, `${port}`, `${delayMs}`, `${keepMails}`],
  }),
  // An SMTP server speaks first.
  probe: (url, timeoutMs) => {
    const tls = url.protocol === 'smtps:'
    return ask({ url, defaultPort: tls ? 465 : 587, tls, timeoutMs, judge: isGreeting })
  },
})

const program = (): string[] => {
  const fromSource = import.meta.url.endsWith('.ts')
  const file = fileURLToPath(new URL(fromSource ? './smtp-sink.ts' : './smtp-sink.js', import.meta.url))
  return fromSource ? ['--import', import.meta.resolve('tsx'), file] : [file]
}

const isGreeting = (answer: Buffer): true | undefined => {
  const text = answer.toString('latin1')
  if (!'220'.startsWith(text.slice(0, 3))) throw new Error(`answers, but does not take mail: ${text.split('\r\n')[0]}`)
  return text.includes('\n') || undefined
}
