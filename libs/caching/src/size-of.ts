/** Bytes of an entry besides its value: its own fields, its places in the LRU, what its load has left. Measured: up to 300. */
export const entryBytes = 400

/**
 * About how many bytes of memory a value takes; exact for Buffers. Strings count two bytes a character, which is the
 * most that they take: the bound must hold for every language.
 */
export const sizeOf = (value: unknown): number => {
  switch (typeof value) {
    case 'string':
      return 24 + 2 * value.length
    case 'number':
    case 'bigint':
      return 16
    case 'object':
      return value === null ? 8 : sizeOfObject(value)
    default:
      return 8
  }
}

const sizeOfObject = (value: object): number => {
  if (ArrayBuffer.isView(value)) return 96 + value.byteLength
  if (value instanceof Date) return 48
  let bytes = 56
  if (Array.isArray(value)) for (const item of value) bytes += 8 + sizeOf(item)
  else if (value instanceof Map) for (const [key, item] of value) bytes += 32 + sizeOf(key) + sizeOf(item)
  else if (value instanceof Set) for (const item of value) bytes += 24 + sizeOf(item)
  // Names of fields are shared between objects of one shape.
  else for (const key of Object.keys(value)) bytes += 8 + sizeOf((value as Record<string, unknown>)[key])
  return bytes
}
