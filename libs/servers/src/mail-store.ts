import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Who sent a mail and who gets it, as told to the server: the mail's own headers may say anything else. */
export interface Envelope {
  readonly from: string
  readonly to: readonly string[]
  readonly receivedMs: number
}

export interface MailStore {
  /** Resolves with the mail's id when it is on disk for good. */
  keep(raw: Buffer, envelope: Envelope): Promise<string>
}

/** The header, written before all others, that holds the envelope as JSON: with it each mail is one file, there or not. */
export const envelopeHeader = 'X-Sink-Envelope: '

/** Mails in a folder, one file each, named by their time; beyond `keepMails` the oldest go. */
export const openMailStore = async (folder: string, keepMails: number): Promise<MailStore> => {
  await mkdir(folder, { recursive: true })
  const found = (await readdir(folder)).sort()
  for (const name of found.filter((name) => !isMailName(name))) await rm(join(folder, name), { force: true })
  const names = found.filter(isMailName)
  let count = 0

  const dropOldest = async (): Promise<void> => {
    while (names.length > keepMails) await rm(join(folder, names.shift() as string), { force: true })
  }
  await dropOldest()

  return {
    async keep(raw, envelope) {
      const time = new Date(envelope.receivedMs).toISOString().replaceAll(':', '-')
      const serial = String(count++ % 1_000_000).padStart(6, '0')
      const name = `${time}-${serial}-${randomBytes(4).toString('hex')}.eml`
      const partial = join(folder, `${name}.partial`)
      await writeDurably(partial, Buffer.concat([Buffer.from(headerOf(envelope)), raw]))
      await rename(partial, join(folder, name))
      await syncFolder(folder)
      names.push(name)
      await dropOldest()
      return name
    },
  }
}

/** What is not, such as half a mail of a killed server or a path to elsewhere, is no mail of ours. */
export const isMailName = (name: string): boolean => /^[0-9T.Z-]+-[0-9a-f]{8}\.eml$/.test(name)

/** In ASCII and one line. */
const headerOf = (envelope: Envelope): string => {
  const json = JSON.stringify(envelope).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return `${envelopeHeader}${json}\r\n`
}

const writeDurably = async (file: string, content: Buffer): Promise<void> => {
  const handle = await open(file, 'wx')
  try {
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Without it the name may be lost with the machine's power, though not the content. */
const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
