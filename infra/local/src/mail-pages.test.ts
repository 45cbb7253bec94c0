import { connect } from 'node:net'
import { type Server, startSmtp } from '@fastpath/servers'
import { testInBrowser } from '@fastpath/testing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type AdminPage, startAdminPage } from './admin-page.js'

let smtp: Server
let admin: AdminPage
const nobody = { name: 'gateway', adminUrl: 'http://127.0.0.1:1' }
beforeAll(async () => {
  smtp = await startSmtp({ external: false })
  admin = await startAdminPage({ port: 0, gateway: nobody, services: [], mailFolder: smtp.folder })
}, 60_000)
afterAll(async () => {
  await admin?.close()
  await smtp?.stop()
})

/** Resolves when the sink has said 250. */
const send = (to: string, subject: string, html: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const mail = `Subject: ${subject}\r\nTo: ${to}\r\nContent-Type: text/html\r\n\r\n${html}\r\n.`
    const lines = ['HELO test', 'MAIL FROM:<a@example.com>', `RCPT TO:<${to}>`, 'DATA', mail, 'QUIT']
    const socket = connect(Number(new URL(smtp.url).port), '127.0.0.1')
    socket.on('error', reject).on('close', () => resolve())
    socket.on('data', () => void socket.write(`${lines.shift() ?? ''}\r\n`))
  })

const get = async (path: string) => {
  const res = await fetch(admin.url + path)
  return { status: res.status, body: await res.text(), policy: res.headers.get('content-security-policy') }
}

test('the admin page leads to the mails: the newest first, and each by itself', async () => {
  expect((await get('/mail')).body).toContain('No mail yet')
  await send('ann@example.com', 'First', '<p>hello</p>')
  await send('bob@example.com', 'Second', '<p>hello</p>')
  expect((await get('/')).body).toContain('href="/mail"')
  const list = await get('/mail')
  expect(list.body.indexOf('Second')).toBeLessThan(list.body.indexOf('First'))
  const [, first = ''] = /href="(\/mail\/[^"]+)">First/.exec(list.body) ?? []
  const mail = await get(first)
  expect([mail.status, mail.body]).toEqual([200, expect.stringContaining('to ann@example.com')])

  const { mails } = JSON.parse((await get('/mail.json')).body)
  expect(mails.map(({ subject }: { subject: string }) => subject)).toEqual(['Second', 'First'])
  expect(mails[1]).toMatchObject({ to: 'ann@example.com', envelope: { to: ['ann@example.com'] } })
})

test.each([
  '/mail/',
  '/mail/none',
  '/mail/..%2fsmtp.pid',
  '/mail/../../smtp.pid',
  '/mail/%',
  '/mail.jsonp',
  '/mailbox',
])('there is nothing else to read: %s', async (path) => expect((await get(path)).status).toBe(404))

test('where real mail is sent there is no mailbox', async () => {
  const page = await startAdminPage({ port: 0, gateway: nobody, services: [], mailFolder: null })
  try {
    expect((await fetch(`${page.url}/mail.json`)).status).toBe(404)
    expect(await (await fetch(page.url)).text()).not.toContain('/mail')
  } finally {
    await page.close()
  }
})

const attack = `</iframe><script>parent.document.title = 'broken'</script><img src=x onerror="top.document.title = 'broken'">
<p id="there">there</p>`

test('markup in a mail is text on the page, and a policy forbids all that could run', async () => {
  await send('ann@example.com', '<script>subject</script>', attack)
  const { id } = JSON.parse((await get('/mail.json')).body).mails[0]
  for (const path of ['/mail', `/mail/${id}`]) {
    const { body, policy } = await get(path)
    expect(body).not.toMatch(/<script|<img|onerror="/)
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toContain('script-src')
  }
  expect((await get(`/mail/${id}`)).body.match(/<\/iframe>/g)).toHaveLength(1)
})

testInBrowser('in a browser the HTML of a mail is shown, and runs nothing', async (page) => {
  await send('ann@example.com', 'Attack', attack)
  const { id } = JSON.parse((await get('/mail.json')).body).mails[0]
  await page.goto(`${admin.url}/mail/${id}`)
  await page.frameLocator('iframe').locator('#there').waitFor()
  expect(await page.title()).toBe('Attack')
})
