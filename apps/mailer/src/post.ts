import { ServiceError } from '@fastpath/contracts'
import { Undeliverable } from '@fastpath/messaging'
import type { Call, Metrics } from '@fastpath/timing'
import { createTransport } from 'nodemailer'
import { encodedSubject } from './encoded-subject.js'
import { classifySmtpError } from './smtp-errors.js'

export interface PostOptions {
  /** `smtp://[user:password@]host:port`, or `smtps://`. */
  readonly url: string
  /** The sender's address; its domain stands in every Message-ID. */
  readonly from: string
  /** Connections that are kept open, and so mails on their way at a time. */
  readonly maxConnections: number
  /** Milliseconds that the server may be silent. */
  readonly timeoutMs: number
  readonly metrics: Metrics
}

/** What a template makes. */
export interface Content {
  readonly subject: string
  readonly text: string
  readonly html: string
}

export interface Mail {
  /** Of the event, and of the mail that it leads to: sent again, a mail has the same Message-ID and can be recognised. */
  readonly eventId: string
  readonly name: string
  /** One address as a user typed it. */
  readonly to: string
  readonly content: Content
}

export interface Post {
  /**
   * Resolves with the server's 250.
   *
   * @throws ServiceError `UNAVAILABLE`, TemporaryFailure or Undeliverable, see `classifySmtpError`; `CANCELLED` with
   * the call. After any but Undeliverable it is unknown whether the mail has gone.
   */
  send(call: Call, mail: Mail): Promise<void>
  /** Connects and says hello, for health checks. */
  ping(): Promise<void>
  /** What is on its way is finished, what waits is refused. */
  close(): void
}

export const createPost = ({ url, from, maxConnections, timeoutMs, metrics }: PostOptions): Post => {
  const transport = createTransport({
    url,
    pool: true,
    maxConnections,
    maxMessages: Number.POSITIVE_INFINITY,
    // A server that is away is told at once: whoever sends knows how long to wait.
    maxRequeues: 1,
    connectionTimeout: Math.min(timeoutMs, 5_000),
    greetingTimeout: Math.min(timeoutMs, 5_000),
    dnsTimeout: Math.min(timeoutMs, 5_000),
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const domain = from.slice(from.lastIndexOf('@') + 1)
  const sendings = metrics.histogram('fastpath_mail_send_seconds', 'Mails, from asking to the 250 of the SMTP server')
  const failures = metrics.counter('fastpath_mail_failures_total', 'Sendings that were not answered with 250')
  let closed = false

  const meaningOf = (call: Call, error: unknown): unknown => {
    if (call.cancelled) return new ServiceError('CANCELLED', 'the mail was abandoned', { cause: error })
    const late = call.remainingMs() <= 0
    if (late || closed) {
      const why = late ? 'did not answer in time' : 'is not asked any more: this process stops'
      return new ServiceError('UNAVAILABLE', `the SMTP server ${why}`, { cause: error })
    }
    return classifySmtpError(error)
  }

  return {
    async send(call, { eventId, name, to, content }) {
      if (!isOneAddress.test(to)) throw new Undeliverable('there is no sending mail to such an address')
      const startedMs = performance.now()
      try {
        await transport.sendMail({
          from: { name: 'Conduit', address: from },
          // Never as text: that is parsed, and may name any number of recipients.
          to: { name: '', address: to },
          messageId: `<${eventId}.${name}@${domain}>`,
          // No absence assistant needs to answer (RFC 3834).
          headers: { 'Auto-Submitted': 'auto-generated' },
          ...content,
          subject: encodedSubject(content.subject),
          signal: call.signal,
        })
      } catch (error) {
        failures.add()
        throw meaningOf(call, error)
      }
      sendings.record(performance.now() - startedMs)
    },
    async ping() {
      await transport.verify()
    },
    close() {
      closed = true
      transport.close()
    },
  }
}

/** The edge takes whatever has an @ in it; this is the part that is safe in a header and in the dialogue with a server. */
const isOneAddress = /^(?!.*=\?)[^\s@<>()[\]\\,;:"\p{C}]+@[^\s@<>()[\]\\,;:"\p{C}]+$/u
