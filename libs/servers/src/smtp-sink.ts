// A process of its own, started by smtp.ts: FOLDER PORT DELAY_MS KEEP_MAILS.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { SMTPServer, type SMTPServerSession } from 'smtp-server'
import { openMailStore } from './mail-store.js'
import { createRefusals, lateMsOf, type Refusal } from './smtp-tags.js'

const [folder = '', port, delayMs, keepMails] = process.argv.slice(2)
const maxBytes = 1_048_576
const store = await openMailStore(folder, Number(keepMails))
const refusals = createRefusals()

const refused = ({ responseCode, message }: Refusal) => Object.assign(new Error(message), { responseCode })

const receive = async (stream: Readable, { envelope }: SMTPServerSession): Promise<string> => {
  const chunks: Buffer[] = []
  let bytes = 0
  // Read to its end even when there is too much of it: the answer comes after that.
  for await (const chunk of stream) {
    bytes += chunk.length
    if (bytes <= maxBytes) chunks.push(chunk)
  }
  const to = envelope.rcptTo.map(({ address }) => address)
  const refusal = refusals.ofMail(to)
  if (refusal) throw refused(refusal)
  if (bytes > maxBytes) throw refused({ responseCode: 552, message: '5.3.4 the mail is too big' })
  const from = envelope.mailFrom ? envelope.mailFrom.address : ''
  const id = await store.keep(Buffer.concat(chunks), { from, to, receivedMs: Date.now() })
  const waitMs = Number(delayMs) + lateMsOf(to)
  if (waitMs > 0) await pause(waitMs)
  return id
}

const server = new SMTPServer({
  name: 'localhost',
  banner: 'keeps every mail, delivers none',
  disabledCommands: ['AUTH', 'STARTTLS'],
  disableReverseLookup: true,
  logger: false,
  size: maxBytes,
  maxClients: 200,
  // A pooled connection of a sender that rests is no reason to stay.
  closeTimeout: 200,
  onRcptTo({ address }, _session, done) {
    const refusal = refusals.ofRecipient(address)
    done(refusal ? refused(refusal) : null)
  },
  onData(stream, session, done) {
    receive(stream, session).then(
      (id) => done(null, `kept as ${id}`),
      (error) => done(error),
    )
  },
})
let listening = false
server.on('error', (error) => {
  // Connections break all the time, as when a sender is killed; without a port there is nothing to do here.
  process.stderr.write(`${error.message}\n`)
  if (!listening) process.exit(1)
})
server.listen(Number(port), '127.0.0.1', async () => {
  listening = true
  await writeFile(join(folder, '../smtp.pid'), `${process.pid}\n`)
  process.stdout.write('Ready to take mail\n')
})
process.on('SIGTERM', () => server.close(() => process.exit(0)))
