import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, jest, test } from '@jest/globals'
import { listMails, readMail } from './mails.js'
import { startSmtp } from './smtp.js'
import { sendRaw } from './test-dialogue.js'
import { newFolder, privately } from './test-parts.js'

// A busy machine takes seconds to start a process.
jest.setTimeout(60_000)

const undo: (() => unknown)[] = []

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

const start = async (options: Parameters<typeof startSmtp>[0] = {}) => {
  const server = await startSmtp({ ...privately, ...options })
  undo.push(server.stop)
  return { server, folder: server.folder as string }
}

test('a mail is on disk before it is answered: it outlives a kill at that very moment, a restart and a stop', async () => {
  const { folder: dataDir, remove } = newFolder()
  undo.push(remove)
  const { server, folder } = await start({ dataDir })
  for (let i = 1; i <= 5; i++) {
    const answer = await sendRaw(server.url, { to: `reader${i}@example.com`, headers: [`Subject: number ${i}`] })
    process.kill(server.pid as number, 'SIGKILL')
    expect(answer).toMatch(/^250 /)
    expect((await listMails(folder))[0]).toMatchObject({ subject: `number ${i}` })
    // Dead already; this waits until it is known to be.
    await server.kill().catch(() => undefined)
    await server.restart()
  }
  await server.stop()
  const again = await start({ dataDir })
  await sendRaw(again.server.url, { to: 'last@example.com', headers: ['Subject: number 6'] })
  const subjects = (await listMails(folder)).map(({ subject }) => subject)
  expect(subjects).toEqual([6, 5, 4, 3, 2, 1].map((i) => `number ${i}`))
})

test('a mail is read back with its envelope, its headers and both of its parts', async () => {
  const { server, folder } = await start()
  const headers = [
    'From: Sender <sender@example.com>',
    'To: Reader <reader@example.com>',
    'Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=',
    'Message-ID: <1.welcome@example.com>',
    'Content-Type: multipart/alternative; boundary=part',
  ]
  const part = (type: string, text: string) => `--part\r\nContent-Type: text/${type}; charset=utf-8\r\n\r\n${text}\r\n`
  const body = `${part('plain', 'hello')}${part('html', '<p>hello</p>')}--part--`
  const beforeMs = Date.now()
  await sendRaw(server.url, { to: 'envelope@example.com', headers, body })
  const [mail] = await listMails(folder)
  expect(mail).toMatchObject({
    envelope: { from: 'sender@example.com', to: ['envelope@example.com'] },
    from: '"Sender" <sender@example.com>',
    to: '"Reader" <reader@example.com>',
    subject: 'Grüße',
    messageId: '1.welcome@example.com',
    headers,
  })
  expect([mail?.text.trim(), mail?.html.trim()]).toEqual(['hello', '<p>hello</p>'])
  expect(mail?.receivedAt.getTime()).toBeGreaterThanOrEqual(beforeMs)
  expect(await readMail(folder, mail?.id ?? '')).toEqual(mail)
})

test('only its mails can be read: no half one, no path to elsewhere', async () => {
  const { server, folder } = await start()
  await sendRaw(server.url, { to: 'reader@example.com' })
  const [name = ''] = readdirSync(join(folder, 'data'))
  writeFileSync(join(folder, 'data', `${name}.partial`), 'half')
  expect(await listMails(folder)).toHaveLength(1)
  for (const id of [
    `${name}.partial`,
    '../smtp.pid',
    `../data/${name}`,
    '',
    '2026-01-01T00-00-00.000Z-000000-00000000.eml',
  ])
    expect(await readMail(folder, id)).toBeNull()
})

test('the oldest mails go when there are more than are kept, also those of before a restart', async () => {
  const { folder: dataDir, remove } = newFolder()
  undo.push(remove)
  const { server, folder } = await start({ dataDir, keepMails: 3 })
  for (let i = 1; i <= 5; i++) await sendRaw(server.url, { to: `${i}@example.com` })
  const kept = async () => (await listMails(folder)).map(({ envelope }) => envelope.to[0])
  expect(await kept()).toEqual(['5@example.com', '4@example.com', '3@example.com'])
  await server.stop()
  const { server: smaller } = await start({ dataDir, keepMails: 2 })
  expect(await kept()).toEqual(['5@example.com', '4@example.com'])
  await sendRaw(smaller.url, { to: '6@example.com' })
  expect(await kept()).toEqual(['6@example.com', '5@example.com'])
})

test('recipients are refused by the tag in their address, for now or for good', async () => {
  const { server, folder } = await start()
  const answers = async (to: string, times = 1) => {
    const codes: string[] = []
    for (let i = 0; i < times; i++) codes.push((await sendRaw(server.url, { to })).slice(0, 3))
    return codes
  }
  expect(await answers('a+bounce@example.com', 2)).toEqual(['550', '550'])
  expect(await answers('a+full@example.com', 2)).toEqual(['552', '552'])
  expect(await answers('a+busy@example.com', 2)).toEqual(['451', '451'])
  expect(await answers('a+greylisted@example.com', 3)).toEqual(['451', '250', '250'])
  expect(await listMails(folder)).toHaveLength(2)
})

test('it answers as late as it is told, at its start and by a recipient, and a mail of more than a megabyte with 552', async () => {
  const { server, folder } = await start({ delayMs: 300 })
  const startedMs = performance.now()
  expect(await sendRaw(server.url, { to: 'a@example.com' })).toMatch(/^250 /)
  expect(performance.now() - startedMs).toBeGreaterThan(290)
  expect(await sendRaw(server.url, { to: 'a+late400@example.com' })).toMatch(/^250 /)
  expect(performance.now() - startedMs).toBeGreaterThan(990)
  const body = `${'x'.repeat(998)}\r\n`.repeat(1_100)
  expect(await sendRaw(server.url, { to: 'a@example.com', body })).toMatch(/^552 /)
  expect(await listMails(folder)).toHaveLength(2)
})

test('SMTP_URL names another server, which has no folder of ours, and must speak SMTP', async () => {
  const { server } = await start()
  const external = await startSmtp({ env: { SMTP_URL: server.url } })
  expect([external.url, external.folder]).toEqual([server.url, null])
  await expect(startSmtp({ env: { SMTP_URL: 'http://localhost' } })).rejects.toThrow('it takes smtp://')
  await expect(startSmtp({ env: { SMTP_URL: 'smtp://u:secret@127.0.0.1:1' } })).rejects.toThrow(
    'SMTP_URL: 127.0.0.1:1 refused the connection',
  )
})
