/** Values looked at in one set of arguments: a list of a thousand ids is told apart by its length and some of them. */
const maxValues = 128
/** Characters looked at on each end of a longer text. */
const maxEndCharacters = 64

let valuesLeft = 0

/**
 * 32 bits that tell sets of arguments apart, some ten nanoseconds a value. Not for storage or security: of large values
 * only a part is looked at, so two of them that differ elsewhere count as the same.
 */
export const hashArguments = (args: unknown): number => {
  valuesLeft = maxValues
  return mixValue(0x811c9dc5, args) >>> 0
}

const mixValue = (hash: number, value: unknown): number => {
  if (valuesLeft-- <= 0) return hash
  switch (typeof value) {
    case 'string':
      return mixText(hash, value)
    case 'number':
      return mixNumber(hash, value)
    case 'boolean':
      return mix(hash, value ? 2 : 3)
    case 'bigint':
      return mixText(mix(hash, 4), String(value))
    case 'object':
      return value === null ? mix(hash, 5) : mixObject(hash, value)
    default:
      return mix(hash, 6)
  }
}

// FNV-1a by words of 32 bits: two single whole numbers never meet.
const mix = (hash: number, word: number): number => Math.imul(hash ^ word, 0x01000193)

const double = new Float64Array(1)
const halves = new Uint32Array(double.buffer)

const mixNumber = (hash: number, value: number): number => {
  if ((value | 0) === value) return mix(mix(hash, 7), value)
  double[0] = value
  return mix(mix(mix(hash, 8), halves[0] as number), halves[1] as number)
}

const mixText = (hash: number, text: string): number => {
  let mixed = mix(mix(hash, 9), text.length)
  const tailFrom = Math.max(maxEndCharacters, text.length - maxEndCharacters)
  for (let i = 0; i < text.length && i < maxEndCharacters; i++) mixed = mix(mixed, text.charCodeAt(i))
  for (let i = tailFrom; i < text.length; i++) mixed = mix(mixed, text.charCodeAt(i))
  return mixed
}

const mixObject = (hash: number, value: object): number => {
  if (value instanceof Date) return mixNumber(mix(hash, 10), value.getTime())
  if (Array.isArray(value) || value instanceof Uint8Array) return mixList(mix(hash, 11), value)
  let mixed = mix(hash, 12)
  for (const key in value) mixed = mixValue(mixText(mixed, key), (value as Record<string, unknown>)[key])
  return mixed
}

/** Of a long list every n-th value and the last. */
const mixList = (hash: number, list: ArrayLike<unknown>): number => {
  let mixed = mix(hash, list.length)
  const step = Math.ceil(list.length / (maxValues / 2)) || 1
  for (let i = 0; i < list.length; i += step) mixed = mixValue(mixed, list[i])
  return step === 1 ? mixed : mixValue(mixed, list[list.length - 1])
}
