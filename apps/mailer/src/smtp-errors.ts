import { ServiceError } from '@fastpath/contracts'
import { Undeliverable } from '@fastpath/messaging'

/** This mail was refused for now: worth another try, and after some of them no more. */
export class TemporaryFailure extends Error {
  override readonly name = 'TemporaryFailure'
  readonly code = 'TEMPORARY'
}

/**
 * What an error of nodemailer means for the event behind the mail:
 *
 * - `ServiceError` `UNAVAILABLE`: no mail at all can be sent now, and it's no fault of this one. The server can't be
 *   reached, does not answer, hangs up, or takes nobody (421) or not us (a wrong password).
 * - `Undeliverable`: 5xx to this recipient or to this mail.
 * - `TemporaryFailure`: 4xx to either, and any refusal of the sender.
 *
 * Anything else is a mistake of ours, and given back as it is.
 */
export const classifySmtpError = (error: unknown): unknown => {
  const { code = '', command, responseCode, message = '' } = (error ?? {}) as Partial<SmtpError>
  if (awayCodes.has(code) || responseCode === 421) {
    return new ServiceError('UNAVAILABLE', `the SMTP server is away: ${message}`, { cause: error })
  }
  if (!mailCodes.has(code)) return error
  // The sender's address is the same in all mails: what is wrong with it is the operator's to mend.
  const isPermanent = command !== 'MAIL FROM' && (responseCode === undefined || responseCode >= 500)
  const Failure = isPermanent ? Undeliverable : TemporaryFailure
  return new Failure(message, { cause: error })
}

interface SmtpError extends Error {
  readonly code: string
  readonly command: string
  readonly responseCode: number
}

const awayCodes = new Set([
  'ECONNECTION',
  'ETIMEDOUT',
  'ESOCKET',
  'EDNS',
  'ETLS',
  'EPROTOCOL',
  'EPROXY',
  'EAUTH',
  'ENOAUTH',
])
const mailCodes = new Set(['EENVELOPE', 'EMESSAGE'])
