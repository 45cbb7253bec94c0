import anyAscii from 'any-ascii'

/** Of the readable part: what a line still shows. */
const maxLength = 80

/**
 * The readable part of an article's slug, out of its title: `Über uns!` becomes `uber-uns`, `你好` `ni-hao`. The statement
 * that writes the article appends its id, so that slugs never meet, and none is a word of the routes such as `feed`.
 */
export const slugBase = (title: string): string => {
  const words = anyAscii(title.replace(/\p{Script=Han}/gu, syllable))
    .toLowerCase()
    .replaceAll("'", '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
  return cut(words) || 'article'
}

/** Chinese has no spaces: each character becomes a word of its own. */
const syllable = (character: string): string => ` ${anyAscii(character)} `

/** At the end of a word, where one ends in time. */
const cut = (words: string): string => {
  if (words.length <= maxLength) return words
  const lastEnd = words.lastIndexOf('-', maxLength)
  return words.slice(0, lastEnd > 0 ? lastEnd : maxLength)
}
