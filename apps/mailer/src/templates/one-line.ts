/**
 * What a user typed, fit for a subject or a sentence: one line, whatever it was; control characters, marks that turn the
 * direction of what follows, and halves of characters gone; at most `maxLength` characters, the last of them an ellipsis
 * where it was longer.
 */
export const oneLine = (typed: string, maxLength: number): string => {
  const line = typed.toWellFormed().replace(turningMarks, '').replace(controlsAndSpace, ' ').trim()
  const characters = Array.from(line)
  return characters.length <= maxLength ? line : `${characters.slice(0, maxLength - 1).join('')}…`
}

const turningMarks = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g
const controlsAndSpace = /[\p{Cc}\s]+/gu

/** The most of a user's name, and of a title, that a mail repeats. */
export const maxNameLength = 64
export const maxTitleLength = 120
