/** One entry of a `Server-Timing` header (W3C Server Timing §3.2). */
export interface TimingEntry {
  readonly name: string
  /** Milliseconds. */
  readonly durMs?: number
  readonly desc?: string
}

/** Longer headers are refused by proxies, and every byte of them is sent with each answer. */
const maxBytes = 2048

/**
 * Writes entries as a header value. Nothing that a name or description holds can break the header: names are reduced to
 * tokens (RFC 9110 §5.6.2), descriptions are quoted, and what can't stand in a header becomes `?`.
 * Past 2 kB the entries with the smallest durations are left out; the first entry always stays.
 */
export const formatServerTiming = (entries: readonly TimingEntry[]): string => {
  const written = entries.map(formatEntry)
  let bytes = written.reduce((sum, text) => sum + text.length + separator.length, -separator.length)
  if (bytes <= maxBytes) return written.join(separator)

  const smallestFirst = written.map((_, i) => i).slice(1)
  smallestFirst.sort((a, b) => (entries[a]?.durMs ?? 0) - (entries[b]?.durMs ?? 0))
  const dropped = new Set<number>()
  for (const i of smallestFirst) {
    if (bytes <= maxBytes) break
    bytes -= (written[i]?.length ?? 0) + separator.length
    dropped.add(i)
  }
  return written.filter((_, i) => !dropped.has(i)).join(separator)
}

/** Reads a header value by the same grammar, as browsers do: unknown parameters are passed over, the first of two wins. */
export const parseServerTiming = (header: string): TimingEntry[] => {
  const entries: TimingEntry[] = []
  for (const metric of splitOutsideQuotes(header, ',')) {
    const [name, ...params] = splitOutsideQuotes(metric, ';')
    if (!name || !isToken(name)) continue
    const entry: { name: string; durMs?: number; desc?: string } = { name }
    for (const param of params) {
      const equals = param.indexOf('=')
      const key = (equals < 0 ? param : param.slice(0, equals)).trim().toLowerCase()
      const value = equals < 0 ? '' : unquote(param.slice(equals + 1).trim())
      if (key === 'dur' && entry.durMs === undefined) entry.durMs = Number.parseFloat(value) || 0
      if (key === 'desc' && entry.desc === undefined) entry.desc = value
    }
    entries.push(entry)
  }
  return entries
}

const separator = ', '
const notTokenCharacter = /[^!#$%&'*+\-.^_`|~0-9A-Za-z]/g
const notHeaderCharacter = /[^\x20-\x7e]/gu

const formatEntry = ({ name, durMs, desc }: TimingEntry): string => {
  let text = isToken(name) ? name : toToken(name)
  if (desc !== undefined) text += `;desc="${quotable(desc)}"`
  // Two places: microseconds would only add bytes, and whole milliseconds would hide most of what is shown here.
  if (durMs !== undefined) text += `;dur=${Number.isFinite(durMs) ? Math.round(durMs * 100) / 100 : 0}`
  return text
}

const isToken = (name: string): boolean => /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)
const toToken = (name: string): string => name.replace(notTokenCharacter, '_') || '_'
const quotable = (desc: string): string => desc.replace(notHeaderCharacter, '?').replace(/["\\]/g, '\\$&').slice(0, 256)

const unquote = (value: string): string => {
  if (!value.startsWith('"')) return value
  const end = value.lastIndexOf('"')
  return value.slice(1, end > 0 ? end : undefined).replace(/\\(.)/g, '$1')
}

const splitOutsideQuotes = (text: string, at: ',' | ';'): string[] => {
  const parts: string[] = []
  let quoted = false
  let from = 0
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (quoted && character === '\\') i++
    else if (character === '"') quoted = !quoted
    else if (character === at && !quoted) {
      parts.push(text.slice(from, i).trim())
      from = i + 1
    }
  }
  parts.push(text.slice(from).trim())
  return parts.filter((part) => part !== '')
}
