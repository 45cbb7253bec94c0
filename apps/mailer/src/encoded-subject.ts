/**
 * A subject that a reader's program shows as it is. What looks like a MIME encoded word (RFC 2047) would be decoded, line
 * breaks in it included, and nodemailer lets it pass: so such a subject is encoded whole.
 */
export const encodedSubject = (subject: string): string => {
  if (!subject.includes('=?')) return subject
  const characters = Array.from(subject)
  const words: string[] = []
  for (let i = 0; i < characters.length; i += charactersPerWord) {
    const part = Buffer.from(characters.slice(i, i + charactersPerWord).join(''))
    words.push(`=?UTF-8?B?${part.toString('base64')}?=`)
  }
  return words.join(' ')
}

/** Of four bytes each at the most, so that no word is longer than the 75 that are allowed. */
const charactersPerWord = 10
