import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { listMails, type Server, startSmtp } from '@fastpath/servers'
import { Call, createMetrics } from '@fastpath/timing'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { createPost, type Post, type PostOptions } from './post.js'

jest.setTimeout(60_000)

let smtp: Server
let slow: Server
const posts: Post[] = []
beforeAll(async () => {
  const starts = [startSmtp({ external: false }), startSmtp({ external: false, delayMs: 300 })] as const
  ;[smtp, slow] = await Promise.all(starts)
})
afterAll(async () => {
  for (const post of posts) post.close()
  await Promise.all([smtp?.stop(), slow?.stop()])
})

const postTo = (url: string, options: Partial<PostOptions> = {}): Post => {
  const metrics = createMetrics()
  const post = createPost({ url, from: 'news@example.com', maxConnections: 5, timeoutMs: 20_000, metrics, ...options })
  posts.push(post)
  return post
}

const content = { subject: 'Grüße', text: 'hello\n.\nend\n', html: '<p>hello</p>' }
const mailTo = (to: string, eventId = 'e1') => ({ eventId, name: 'welcome', to, content })
const call = (timeoutMs = 30_000) => new Call({ timeoutMs })
const arrivedAt = async (server: Server, to: string) =>
  (await listMails(server.folder as string)).filter(({ envelope }) => envelope.to.includes(to))

test('a mail arrives in text and HTML, and sent again it has the same Message-ID', async () => {
  const post = postTo(smtp.url)
  for (const eventId of ['e1', 'e1', 'e2']) await post.send(call(), mailTo('reader@example.com', eventId))
  const mails = await arrivedAt(smtp, 'reader@example.com')
  expect(mails.map(({ messageId }) => messageId)).toEqual([
    'e2.welcome@example.com',
    'e1.welcome@example.com',
    'e1.welcome@example.com',
  ])
  expect(mails[0]).toMatchObject({
    from: '"Conduit" <news@example.com>',
    to: 'reader@example.com',
    subject: content.subject,
    text: content.text,
    html: content.html,
  })
})

test('what is refused for now, and what for good, are told apart; the next mail is not harmed', async () => {
  const post = postTo(smtp.url, { maxConnections: 1 })
  const sending = (to: string) => post.send(call(), mailTo(to))
  await expect(sending('a+bounce@example.com')).rejects.toMatchObject({ code: 'UNDELIVERABLE' })
  await expect(sending('a+full@example.com')).rejects.toMatchObject({ code: 'UNDELIVERABLE' })
  await expect(sending('a+busy@example.com')).rejects.toMatchObject({ code: 'TEMPORARY' })
  await expect(sending('a+greylisted@example.com')).rejects.toMatchObject({ code: 'TEMPORARY' })
  await sending('a+greylisted@example.com')
  expect(await arrivedAt(smtp, 'a+greylisted@example.com')).toHaveLength(1)
})

test.each([
  'a,b@example.com',
  'a@example.com, b@example.com',
  'Name <a@example.com>',
  '"a b"@example.com',
  'group:a@example.com;',
  'a@example.com\r\nBcc: b@example.com',
  'a>\r\nRCPT TO:<b@example.com',
  'a\u0000@example.com',
  '\ud800@example.com',
  '=?UTF-8?Q?b=40example.com=2C?=@example.com',
  'nobody',
])('an address that is not exactly one takes no mail: %j', async (to) => {
  await expect(postTo(smtp.url).send(call(), mailTo(to))).rejects.toMatchObject({ code: 'UNDELIVERABLE' })
  expect(await arrivedAt(smtp, 'b@example.com')).toEqual([])
})

test('a server that is away is UNAVAILABLE, and mail goes on when it is back', async () => {
  const server = await startSmtp({ external: false })
  try {
    const post = postTo(server.url)
    await post.send(call(), mailTo('1@example.com'))
    await server.kill()
    for (let i = 0; i < 3; i++) {
      await expect(post.send(call(), mailTo('2@example.com'))).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    }
    await expect(post.ping()).rejects.toThrow()
    await server.restart()
    await post.ping()
    await post.send(call(), mailTo('2@example.com'))
    expect(await arrivedAt(server, '2@example.com')).toHaveLength(1)
  } finally {
    await server.stop()
  }
})

test('a server that has fallen silent is UNAVAILABLE after its time, or at the deadline of the call', async () => {
  const server = await startSmtp({ external: false })
  try {
    const impatient = postTo(server.url, { timeoutMs: 300 })
    const patient = postTo(server.url)
    for (const post of [impatient, patient]) await post.send(call(), mailTo('1@example.com'))
    server.pause()
    await expect(impatient.send(call(), mailTo('2@example.com'))).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(patient.send(call(300), mailTo('2@example.com'))).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    const abandoned = call()
    const sending = patient.send(abandoned, mailTo('2@example.com'))
    abandoned.cancel()
    await expect(sending).rejects.toMatchObject({ code: 'CANCELLED' })
    server.resume()
    await patient.send(call(), mailTo('3@example.com'))
    expect(await arrivedAt(server, '3@example.com')).toHaveLength(1)
  } finally {
    await server.stop()
  }
})

/** Says its lines one after the other, an answer to each of ours, then hangs up. */
const answering = async (lines: readonly string[]) => {
  const server = createServer((socket) => {
    const rest = [...lines]
    const say = () => {
      const line = rest.shift()
      if (line === undefined) socket.end()
      else socket.write(`${line}\r\n`)
    }
    socket.on('error', () => undefined).on('data', say)
    say()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `smtp://u:p@127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() }
}

const hello = ['220 hello', '250-hello\r\n250 AUTH PLAIN']
test.each([
  ['hangs up before a word', [], 'UNAVAILABLE'],
  ['closes for a while', ['421 closing'], 'UNAVAILABLE'],
  ['takes no mail at all', ['554 no'], 'UNAVAILABLE'],
  ['is not SMTP', ['HTTP/1.1 400 Bad Request'], 'UNAVAILABLE'],
  ['does not take our password', [...hello, '535 no'], 'UNAVAILABLE'],
  ['hangs up in the middle of a mail', [...hello, '235 in', '250 from', '250 to', '354 go'], 'UNAVAILABLE'],
  ['closes in the middle of a mail', [...hello, '235 in', '250 from', '421 closing'], 'UNAVAILABLE'],
  ['does not take our sender', [...hello, '235 in', '553 no'], 'TEMPORARY'],
  ['does not take the recipient', [...hello, '235 in', '250 from', '550 no'], 'UNDELIVERABLE'],
])('a server that %s', async (_, lines, code) => {
  const server = await answering(lines)
  try {
    const error = await postTo(server.url)
      .send(call(), mailTo('a@example.com'))
      .catch((error: unknown) => error)
    expect(error).toMatchObject({ code })
    expect(JSON.stringify([error, String(error)])).not.toContain('u:p')
  } finally {
    server.close()
  }
})

test('as many mails are on their way as there are connections; closing lets those arrive and refuses the rest', async () => {
  const post = postTo(slow.url, { maxConnections: 2 })
  const startedMs = performance.now()
  await Promise.all(['1', '2', '3', '4'].map((n) => post.send(call(), mailTo(`${n}@example.com`))))
  expect(performance.now() - startedMs).toBeGreaterThan(590)

  const outcomes = ['5', '6', '7'].map((n) =>
    post.send(call(), mailTo(`${n}@example.com`)).then(
      () => 'sent',
      ({ code }) => code,
    ),
  )
  // The two connections take theirs in the next turns of the loop.
  await new Promise((resolve) => setTimeout(resolve, 100))
  post.close()
  expect(await Promise.all(outcomes)).toEqual(['sent', 'sent', 'UNAVAILABLE'])
  await expect(post.send(call(), mailTo('8@example.com'))).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})
