/** The first message of PostgreSQL's protocol 3.0: who asks for which database. */
export const startupMessage = (url: URL): Buffer => {
  const user = decodeURIComponent(url.username) || 'postgres'
  const database = decodeURIComponent(url.pathname.slice(1)) || user
  const body = Buffer.from(`user\0${user}\0database\0${database}\0\0`)
  const head = Buffer.alloc(8)
  head.writeInt32BE(8 + body.length, 0)
  head.writeInt32BE(3 << 16, 4)
  return Buffer.concat([head, body])
}

/** True when a PostgreSQL lets us in, or asks who we are; the password is for others to try. Throws on anything else. */
export const judgeStartup = (answer: Buffer): true | undefined => {
  for (let at = 0; at + 5 <= answer.length; ) {
    const type = String.fromCharCode(answer.readUInt8(at))
    const length = answer.readInt32BE(at + 1)
    if (!'RENSKZv'.includes(type) || length < 4 || length > 100_000) throw new Error('answers, but is not PostgreSQL')
    if (at + 1 + length > answer.length) return undefined
    const body = answer.subarray(at + 5, at + 1 + length)
    if (type === 'Z' || (type === 'R' && body.readInt32BE(0) !== 0)) return true
    if (type === 'E') return judgeError(body.toString())
    at += 1 + length
  }
  return undefined
}

/** Fields are a letter and a text each: C is the SQLSTATE, M the message. */
const judgeError = (body: string): true => {
  const fields = body.split('\0')
  const field = (letter: string) => fields.find((text) => text[0] === letter)?.slice(1)
  // 28…: its own rules turn us away, for lack of TLS for one. It is there, and a real client may do better.
  if (field('C')?.startsWith('28')) return true
  throw new Error(`is PostgreSQL and refuses: ${field('M')}`)
}
