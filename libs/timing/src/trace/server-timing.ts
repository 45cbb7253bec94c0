/** One entry of a `Server-Timing` header (W3C Server Timing §3.2). */
export interface TimingEntry {
  readonly name: string
  /** Milliseconds. */
  readonly durMs?: number
  readonly desc?: string
}

/** Longer headers are refused by proxies, and every byte of them is sent with each answer. One entry is always shorter. */
const maxBytes = 2048
const maxNameLength = 256
const maxDescLength = 256
/** Names and descriptions come from code, so a program has some dozens; past this many they are written anew each time. */
const maxHeads = 1000

/**
 * Writes entries as a header value. Nothing that a name or description holds can break the header: names are reduced to
 * tokens (RFC 9110 §5.6.2), descriptions are quoted, and what can't stand in a header becomes `?`.
 * Past 2 kB the entries with the smallest durations are left out; the first entry always stays.
 */
export const formatServerTiming = (entries: readonly TimingEntry[]): string => {
  let header = ''
  for (const entry of entries) header += header === '' ? formatEntry(entry) : separator + formatEntry(entry)
  return header.length <= maxBytes ? header : withoutSmallest(entries)
}

const withoutSmallest = (entries: readonly TimingEntry[]): string => {
  const written = entries.map(formatEntry)
  let bytes = written.reduce((sum, text) => sum + text.length + separator.length, -separator.length)
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
  const head = headOf(name, desc)
  return durMs === undefined ? head : `${head};dur=${formatMs(durMs)}`
}

/** Two places: microseconds would only add bytes, and whole milliseconds would hide most of what is shown here. */
const formatMs = (ms: number): string | number => {
  const hundredths = Math.round(ms * 100)
  // Two short integers are written several times faster than one fraction.
  if (hundredths > 0 && hundredths < 1e9) {
    const [whole, rest] = [Math.floor(hundredths / 100), hundredths % 100]
    if (rest === 0) return whole
    return rest % 10 === 0 ? `${whole}.${rest / 10}` : `${whole}.${rest < 10 ? `0${rest}` : rest}`
  }
  return Number.isFinite(hundredths) ? hundredths / 100 : 0
}

const heads = new Map<string, { readonly desc: string | undefined; readonly head: string }>()

/** The part before the duration. Checking it costs more than all the rest, so the last one of each name is remembered. */
const headOf = (name: string, desc: string | undefined): string => {
  const known = heads.get(name)
  if (known && known.desc === desc) return known.head
  const token = isToken(name) && name.length <= maxNameLength ? name : toToken(name)
  const head = desc === undefined ? token : `${token};desc="${quotable(desc)}"`
  const isShort = name.length <= maxNameLength && (desc === undefined || desc.length <= maxDescLength)
  if (isShort && (known || heads.size < maxHeads)) heads.set(name, { desc, head })
  return head
}

const isToken = (name: string): boolean => /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)
const toToken = (name: string): string => name.slice(0, maxNameLength).replace(notTokenCharacter, '_') || '_'
// Cut first: a cut between a backslash and what it escapes would leave the quote open.
const quotable = (desc: string): string =>
  desc.slice(0, maxDescLength).replace(notHeaderCharacter, '?').replace(/["\\]/g, '\\$&')

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
