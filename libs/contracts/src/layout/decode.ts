import { LayoutError } from './layout-error.js'

/** Deeper messages are refused: both ways recurse. */
export const maxDepth = 100

/** Up to here, a loop over ASCII is faster than a call into native code. */
const shortBytes = 16

let bytes: Buffer = Buffer.alloc(0)
let end = 0
let at = 0
let unclaimed = 0

/**
 * Decodes one MessagePack message of arrays, strings, numbers, booleans and nil. Throws `LayoutError('UNREADABLE')` for
 * anything else: maps, binaries, extensions, unsafe integers, bytes missing or left over.
 *
 * Not the Decoder of @msgpack/msgpack, which allocates each array in the length that its header claims (a hundred bytes
 * were measured to take gigabytes and nine seconds) and drops a byte order mark at the start of longer strings.
 */
export const decode = (message: Uint8Array): unknown => {
  bytes = Buffer.isBuffer(message) ? message : Buffer.from(message.buffer, message.byteOffset, message.byteLength)
  end = bytes.length
  at = 0
  unclaimed = end
  const value = read(0)
  if (at !== end) throw unreadable(`${end - at} bytes left over`)
  return value
}

const read = (depth: number): unknown => {
  if (at >= end) throw unreadable()
  const head = bytes[at++] as number
  if (head < 0x80) return head
  if (head < 0x90) throw unreadable(`byte 0x${head.toString(16)}`)
  if (head < 0xa0) return readArray(head - 0x90, depth)
  if (head < 0xc0) return readString(head - 0xa0)
  if (head >= 0xe0) return head - 0x100
  switch (head) {
    case 0xc0:
      return null
    case 0xc2:
      return false
    case 0xc3:
      return true
    case 0xcb:
      return bytes.readDoubleBE(skip(8))
    case 0xcc:
      return bytes[skip(1)]
    case 0xcd:
      return readUint16()
    case 0xce:
      return readUint32()
    case 0xcf:
      return safe(readUint32() * 0x1_0000_0000 + readUint32())
    case 0xd0:
      return bytes.readInt8(skip(1))
    case 0xd1:
      return bytes.readInt16BE(skip(2))
    case 0xd2:
      return readUint32() | 0
    case 0xd3:
      return safe((readUint32() | 0) * 0x1_0000_0000 + readUint32())
    case 0xd9:
      return readString(bytes[skip(1)] as number)
    case 0xda:
      return readString(readUint16())
    case 0xdb:
      return readString(readUint32())
    case 0xdc:
      return readArray(readUint16(), depth)
    case 0xdd:
      return readArray(readUint32(), depth)
    default:
      throw unreadable(`byte 0x${head.toString(16)}`)
  }
}

/** Where the next `size` bytes start, which are then behind. */
const skip = (size: number): number => {
  const start = at
  at += size
  if (at > end) throw unreadable()
  return start
}

const readUint16 = (): number => {
  const start = skip(2)
  return ((bytes[start] as number) << 8) | (bytes[start + 1] as number)
}

// By hand: twice as fast as readUInt32BE, which checks the place again.
const readUint32 = (): number => {
  const start = skip(4)
  const high = ((bytes[start] as number) << 8) | (bytes[start + 1] as number)
  return high * 0x1_0000 + (((bytes[start + 2] as number) << 8) | (bytes[start + 3] as number))
}

const readString = (size: number): string => {
  const start = skip(size)
  if (size > shortBytes) return bytes.toString('utf8', start, at)
  let text = ''
  for (let i = start; i < at; i++) {
    const byte = bytes[i] as number
    if (byte >= 0x80) return bytes.toString('utf8', start, at)
    text += String.fromCharCode(byte)
  }
  return text
}

const readArray = (size: number, depth: number): unknown[] => {
  // Every item takes a byte at least, so no message claims more of them than it has bytes.
  unclaimed -= size
  if (unclaimed < 0) throw unreadable()
  if (depth === maxDepth) throw unreadable(`arrays nest deeper than ${maxDepth}`)
  const items = new Array<unknown>(size)
  for (let i = 0; i < size; i++) {
    // Small numbers without a call; past the end there is undefined, which is not less than anything.
    const head = bytes[at] as number
    if (head < 0x80) {
      items[i] = head
      at++
    } else items[i] = read(depth + 1)
  }
  return items
}

const safe = (value: number): number => {
  if (!Number.isSafeInteger(value)) throw unreadable('an unsafe integer')
  return value
}

const unreadable = (problem = 'the message ends too early') => new LayoutError('UNREADABLE', '', problem)
