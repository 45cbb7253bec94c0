import type { ServerResponse } from 'node:http'
import { listMails, type Mail, readMail } from '@fastpath/servers'

/** Answers `/mail` (the newest mails), `/mail/ID` (one of them) and `/mail.json` (the newest, whole). */
export const showMail = async (folder: string, url: string, res: ServerResponse): Promise<void> => {
  const { pathname } = new URL(url, 'http://localhost')
  try {
    if (pathname === '/mail.json') {
      const mails = await listMails(folder, newest)
      return void res.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify({ mails }))
    }
    if (pathname === '/mail') return sendPage(res, listPage(await listMails(folder, newest)))
    const mail = await readMail(folder, pathname.slice('/mail/'.length))
    if (mail) return sendPage(res, mailPage(mail))
    res.writeHead(404, { 'content-type': 'text/plain', ...headers }).end('no such mail, or no more\n')
  } catch (error) {
    res.writeHead(500, { 'content-type': 'text/plain', ...headers }).end(`the mail can't be read: ${error}\n`)
  }
}

/** Mails on a list. */
const newest = 100

/** Nothing in a mail may run, load or lead anywhere: the frame is sandboxed, and has this page's policy too. */
const headers = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}

const sendPage = (res: ServerResponse, page: string): void =>
  void res.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...headers }).end(page)

const listPage = (mails: readonly Mail[]): string => {
  const rows = mails.map(
    ({ id, receivedAt, envelope, subject }) => `<tr><td>${receivedAt.toISOString()}<td>${asText(envelope.to.join(', '))}
<td><a href="/mail/${id}">${asText(subject || '(no subject)')}</a>`,
  )
  const table = `<table><tr><th>received<th>to<th>subject${rows.join('\n')}</table>`
  return page('Mail', `${mails.length > 0 ? table : '<p>No mail yet.</p>'}<p><a href="/mail.json">for programs</a>`)
}

const mailPage = ({ receivedAt, envelope, from, to, subject, messageId, text, html }: Mail): string => {
  const facts = {
    From: from,
    To: to,
    Received: `${receivedAt.toISOString()}, from ${envelope.from} to ${envelope.to.join(', ')}`,
    'Message-ID': messageId,
  }
  const rows = Object.entries(facts).map(([name, value]) => `<tr><th>${name}<td>${asText(value)}`)
  return page(
    subject || '(no subject)',
    `<table>${rows.join('\n')}</table>
<h2>Text</h2><pre>${asText(text)}</pre>
<h2>HTML</h2><iframe sandbox title="The mail as HTML" srcdoc="${asText(html)}"></iframe>
<p><a href="/mail">all mails</a>`,
  )
}

const page = (title: string, content: string): string => `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>${asText(title)}</title>
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:60rem;margin:3rem auto;padding:0 1rem;overflow-wrap:anywhere}
th{text-align:left}th,td{padding:.2rem 1.2rem .2rem 0;vertical-align:top}
pre,iframe{box-sizing:border-box;width:100%;border:1px solid #ccc;padding:1rem;white-space:pre-wrap}iframe{height:20rem}</style>
<h1>${asText(title)}</h1>
${content}
`

const asText = (value: string): string => value.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
