import { connect } from 'node:net'

/**
 * A mail in SMTP, word by word. Resolves with the answer that decided: to the whole mail, or the first that refused. The
 * connection is cut at that moment.
 */
export const sendRaw = (url: string, mail: { to: string; headers?: string[]; body?: string }): Promise<string> => {
  const { to, headers = ['Subject: kept'], body = 'text' } = mail
  const content = [...headers, '', body, '.'].join('\r\n')
  const lines = ['EHLO test', 'MAIL FROM:<sender@example.com>', `RCPT TO:<${to}>`, 'DATA', content]
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    let text = ''
    const finish = (answer: string) => {
      socket.destroy()
      resolve(answer)
    }
    socket.on('error', reject)
    socket.on('data', (chunk) => {
      text += chunk
      const answer = /^\d{3} .*(?=\r\n$)/m.exec(text)?.[0]
      if (!answer) return
      text = ''
      const line = lines.shift()
      if (line === undefined || !/^[23]/.test(answer)) finish(answer)
      else socket.write(`${line}\r\n`)
    })
  })
}
