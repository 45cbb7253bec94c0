import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Envelope, envelopeHeader, isMailName } from './mail-store.js'

/** A mail that the sink has kept. */
export interface Mail {
  readonly id: string
  readonly receivedAt: Date
  /** As told to the server. */
  readonly envelope: Envelope
  /** As the mail's headers have them, and so below; empty where it has none. */
  readonly from: string
  readonly to: string
  readonly subject: string
  /** Without angle brackets. */
  readonly messageId: string
  readonly text: string
  readonly html: string
  /** Its header lines, undecoded. */
  readonly headers: readonly string[]
}

/** The mails in the folder of a sink (`server.folder`), running or not; newest first, at most `limit`. */
export const listMails = async (folder: string, limit = Number.POSITIVE_INFINITY): Promise<Mail[]> => {
  const names = (await namesIn(folder)).sort().reverse().slice(0, limit)
  const mails: Mail[] = []
  for (const name of names) {
    const mail = await readMail(folder, name)
    if (mail) mails.push(mail)
  }
  return mails
}

/** One of them by its id; null where there is none, or no more. */
export const readMail = async (folder: string, id: string): Promise<Mail | null> => {
  if (!isMailName(id)) return null
  const file = await readFile(join(folder, 'data', id)).catch(nullIfGone)
  return file && (await parseMail(id, file))
}

const namesIn = async (folder: string): Promise<string[]> =>
  ((await readdir(join(folder, 'data')).catch(nullIfGone)) ?? []).filter(isMailName)

const parseMail = async (id: string, file: Buffer): Promise<Mail> => {
  // Only now: most who start servers read no mail.
  const { simpleParser } = await import('mailparser')
  const end = file.indexOf('\r\n')
  const envelope: Envelope = JSON.parse(file.toString('latin1', envelopeHeader.length, end))
  const parsed = await simpleParser(file.subarray(end + 2), { skipHtmlToText: true, skipTextToHtml: true })
  const addressees = parsed.to ? [parsed.to].flat() : []
  return {
    id,
    receivedAt: new Date(envelope.receivedMs),
    envelope,
    from: parsed.from?.text ?? '',
    to: addressees.map(({ text }) => text).join(', '),
    subject: parsed.subject ?? '',
    messageId: parsed.messageId?.replace(/^<|>$/g, '') ?? '',
    text: parsed.text ?? '',
    html: parsed.html || '',
    headers: parsed.headerLines.map(({ line }) => line),
  }
}

const nullIfGone = (error: NodeJS.ErrnoException): null => {
  if (error.code === 'ENOENT') return null
  throw error
}
