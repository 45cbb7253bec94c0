import { createTransport } from 'nodemailer'
import { Pool } from 'undici'
import { listen } from './listen.js'

// Stands before a gateway and hands on what it is asked. With SMTP_URL it makes the classic mistake: whoever signs up
// waits for the welcome mail too. The mail is the mailer's, and its connections are kept open like the mailer's.
const { GATEWAY_URL = '', SMTP_URL, MAIL_FROM } = process.env
const gateway = new Pool(GATEWAY_URL, { connections: 64 })
const transport = SMTP_URL ? createTransport({ url: SMTP_URL, pool: true, maxConnections: 16 }) : undefined

const sendWelcome = async ({ username, email }: { username: string; email: string }): Promise<void> => {
  await transport?.sendMail({
    from: { name: 'Conduit', address: MAIL_FROM ?? '' },
    to: email,
    subject: `Welcome to Conduit, ${username}`,
    text: `Hello ${username},\n\nwelcome to Conduit! Your account is ready.\n`,
    html: `<!doctype html><html lang="en"><meta charset="utf-8"><body><p>Hello ${username},</p><p>welcome to Conduit! Your account is ready.</p></body></html>\n`,
  })
}

listen(async (req, res) => {
  try {
    const headers = { 'content-type': req.headers['content-type'] ?? '' }
    const answer = await gateway.request({ path: req.url ?? '', method: req.method as 'POST', headers, body: req })
    const body = await answer.body.text()
    if (answer.statusCode === 201) await sendWelcome(JSON.parse(body).user)
    res.writeHead(answer.statusCode, { 'content-type': 'application/json' }).end(body)
  } catch (error) {
    res.writeHead(502).end(String(error))
  }
})
