/** Characters of a name: enough to know a statement by, short enough for a line of a log and a header. */
const maxLength = 60
/** ASCII, as all of a header is. */
const separator = ' ... '
const tailLength = 24
/** Of a text, as of an insert of a thousand rows, no more is looked at. */
const maxText = 4_000
/** A program has some hundreds of statements; past this many they are named anew each time. */
const maxKept = 1_000

const names = new Map<string, string>()
const owners = new Map<string, string>()

/**
 * Names a statement by its text, where nobody has given it a name: in one line, with `?` for what is written into it, so
 * that the same statement with other values has the same name. Of a longer one its beginning and its end; two that
 * differ in their middle are told apart by a number.
 */
export const statementName = (text: string): string => {
  const known = names.get(text)
  if (known !== undefined) return known
  const name = distinct(normalised(text.slice(0, maxText)))
  if (names.size >= maxKept) names.clear()
  if (text.length <= maxText) names.set(text, name)
  return name
}

const token = /'(?:[^']|'')*'|"[^"]*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$\d+|\b\d+(?:\.\d+)?\b|\s+/g
const list = /\bin ?\(\s*(?:\$\d+|\?)(?:\s*,\s*(?:\$\d+|\?))*\s*\)/gi

const normalised = (text: string): string =>
  text
    .replace(token, (found) => {
      const [first] = found
      if (first === '"' || first === '$') return found
      return first === "'" || (first && first >= '0' && first <= '9') ? '?' : ' '
    })
    .replace(/ {2,}/g, ' ')
    .replace(list, 'in (...)')
    .trim()

const distinct = (text: string): string => {
  if (text.length <= maxLength) return text
  const head = text.slice(0, maxLength - tailLength - separator.length).trimEnd()
  const short = head + separator + text.slice(-tailLength).trimStart()
  for (let n = 1; ; n++) {
    const name = n === 1 ? short : `${short} (${n})`
    const owner = owners.get(name)
    if (owner === text) return name
    if (owner !== undefined) continue
    if (owners.size < maxKept) owners.set(name, text)
    return name
  }
}
