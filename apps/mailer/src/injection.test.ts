import { listMails, type Mail, type Server, startSmtp } from '@fastpath/servers'
import { Call, createMetrics } from '@fastpath/timing'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import fc from 'fast-check'
import { type Content, createPost, type Post } from './post.js'
import { newComment } from './templates/new-comment.js'
import { newFollower } from './templates/new-follower.js'
import { maxNameLength, maxTitleLength, oneLine } from './templates/one-line.js'
import { welcome } from './templates/welcome.js'

jest.setTimeout(60_000)

let smtp: Server
let post: Post
beforeAll(async () => {
  smtp = await startSmtp({ external: false })
  const metrics = createMetrics()
  post = createPost({ url: smtp.url, from: 'news@example.com', maxConnections: 2, timeoutMs: 20_000, metrics })
})
afterAll(async () => {
  post?.close()
  await smtp?.stop()
})

/** Sends a mail and reads what has arrived. */
const sent = async (content: Content): Promise<Mail> => {
  await post.send(new Call({ timeoutMs: 30_000 }), { eventId: '1', name: 'test', to: 'reader@example.com', content })
  const [mail] = await listMails(smtp.folder as string, 1)
  return mail as Mail
}

const nasty = fc.constantFrom(
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onload='alert(1)",
  '&lt;script&gt;',
  'a\r\nBcc: victim@example.com',
  'a\r\n\r\n<b>body</b>',
  'a\n.\r\nMAIL FROM:<evil@example.com>\r\n',
  '\r\nContent-Type: text/html\r\n\r\n',
  '=?UTF-8?Q?=0D=0ABcc:_victim@example.com?=',
  '\u0000\u0007\u001b[2J\u007f\u0085\u2028\u2029',
  '\ud800',
  'half \udfff of one',
  'a\u202egnp.exe',
  '--part\r\n',
  'x'.repeat(10_000),
  '<b>'.repeat(3_000),
  '👩‍👩‍👧‍👦'.repeat(1_000),
)
const typed = fc.oneof(
  nasty,
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.tuple(nasty, fc.string(), nasty).map((parts) => parts.join('')),
)

const tagsOf = (html: string): string[] => html.match(/<[^>]*>?/g) ?? []
const headersOf = ({ headers }: Mail): string[] => headers.map((line) => line.slice(0, line.indexOf(':')))

const templates = [
  ['welcome', (a: string) => welcome({ username: a }), maxNameLength],
  ['new follower', (a: string, b: string) => newFollower({ username: a, follower: b }), maxNameLength],
  [
    'new comment',
    (a: string, b: string, c: string) => newComment({ username: a, commenter: b, title: c }),
    maxTitleLength,
  ],
] as const

test.each(templates)(
  'nothing that a user typed becomes a header or markup in a mail: %s',
  async (_, template, longest) => {
    const plain = await sent(template('Ann', 'Bob', 'A title'))
    expect(headersOf(plain).sort()).toEqual(
      ['Auto-Submitted', 'Content-Type', 'Date', 'From', 'MIME-Version', 'Message-ID', 'Subject', 'To'].sort(),
    )
    await fc.assert(
      fc.asyncProperty(typed, typed, typed, async (a, b, c) => {
        const content = template(a, b, c)
        const mail = await sent(content)
        expect(mail.envelope).toMatchObject({ from: 'news@example.com', to: ['reader@example.com'] })
        expect([mail.from, mail.to]).toEqual([plain.from, plain.to])
        expect(headersOf(mail)).toEqual(headersOf(plain))
        expect(tagsOf(mail.html)).toEqual(tagsOf(plain.html))
        expect(mail.text.split('\n')).toHaveLength(plain.text.split('\n').length)
        // As it was meant, too: a value that is mangled on its way would be no injection, and no mail to be proud of.
        expect(mail.subject).toBe(content.subject.trim())
        expect(mail.text.trimEnd()).toBe(content.text.trimEnd())
        expect(Array.from(mail.subject).length).toBeLessThanOrEqual(longest + 'New comment on '.length + 10)
        expect(mail.subject).not.toMatch(/[\p{Cc}\p{Cs}]/u)
      }),
      { numRuns: 40 },
    )
  },
)

test('a line is cut between characters, with an ellipsis, and keeps what is harmless', () => {
  expect(oneLine('Zoë O’Neill & sons <ltd>', 64)).toBe('Zoë O’Neill & sons <ltd>')
  expect(oneLine(' a\r\n\tb\u0000c ', 64)).toBe('a b c')
  expect(oneLine('😀😀😀😀', 3)).toBe('😀😀…')
  expect(oneLine('😀😀😀', 3)).toBe('😀😀😀')
  expect(oneLine('a\u202eb\ud800', 64)).toBe('ab\ufffd')
})
