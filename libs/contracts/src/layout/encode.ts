import { maxDepth } from './decode.js'
import { LayoutError } from './layout-error.js'

/** A buffer that had to grow beyond this is not kept for later messages. */
const keptBytes = 1 << 20

let buffer = Buffer.allocUnsafeSlow(1 << 16)
let at = 0

/**
 * Encodes arrays, strings, numbers, booleans and null as one MessagePack message, in bytes that nobody writes to again.
 * Throws `LayoutError('WRONG_VALUE')` for anything else, `undefined` included.
 *
 * Not the Encoder of @msgpack/msgpack, which counts the bytes of each string in JavaScript before it writes them: a
 * page of a list takes it twice as long.
 */
export const encode = (wire: unknown): Uint8Array => {
  at = 0
  write(wire, 0)
  const message = Buffer.allocUnsafe(at)
  buffer.copy(message, 0, 0, at)
  if (buffer.length > keptBytes) buffer = Buffer.allocUnsafeSlow(keptBytes)
  return message
}

const write = (value: unknown, depth: number): void => {
  // Enough for any number and any header.
  reserve(9)
  if (typeof value === 'number') writeNumber(value)
  else if (typeof value === 'string') writeString(value)
  else if (value === null) buffer[at++] = 0xc0
  else if (typeof value === 'boolean') buffer[at++] = value ? 0xc3 : 0xc2
  else if (Array.isArray(value)) writeArray(value, depth)
  else throw new LayoutError('WRONG_VALUE', '', `${typeof value} can't be sent`)
}

const writeArray = (items: unknown[], depth: number): void => {
  if (depth === maxDepth) throw new LayoutError('WRONG_VALUE', '', `arrays nest deeper than ${maxDepth}`)
  const size = items.length
  if (size < 16) buffer[at++] = 0x90 | size
  else if (size < 0x1_0000) writeUint16(0xdc, size)
  else writeUint32(0xdd, size)
  for (let i = 0; i < size; i++) write(items[i], depth + 1)
}

const writeString = (value: string): void => {
  const most = 3 * value.length
  reserve(5 + most)
  const start = at
  if (most < shortBytes && isWrittenAsAscii(value)) {
    buffer[start] = 0xa0 | value.length
    return
  }
  // The length in bytes is known after writing only, so the header is that of the most bytes it can be.
  at += most < 0x100 ? 2 : most < 0x1_0000 ? 3 : 5
  const end = at + buffer.write(value, at)
  const size = end - at
  at = start
  if (most < 0x100) writeUint8(0xd9, size)
  else if (most < 0x1_0000) writeUint16(0xda, size)
  else writeUint32(0xdb, size)
  at = end
}

const shortBytes = 96

const isWrittenAsAscii = (value: string): boolean => {
  const start = at
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i)
    if (unit >= 0x80) return false
    buffer[start + 1 + i] = unit
  }
  at = start + 1 + value.length
  return true
}

const writeNumber = (value: number): void => {
  if (!Number.isSafeInteger(value)) {
    buffer[at] = 0xcb
    at = buffer.writeDoubleBE(value, at + 1)
  } else if (value >= 0) {
    if (value < 0x80) buffer[at++] = value
    else if (value < 0x100) writeUint8(0xcc, value)
    else if (value < 0x1_0000) writeUint16(0xcd, value)
    else if (value < 0x1_0000_0000) writeUint32(0xce, value)
    else writeInt64(0xcf, value)
  } else if (value >= -0x20) buffer[at++] = value + 0x100
  else if (value >= -0x80) writeUint8(0xd0, value)
  else if (value >= -0x8000) writeUint16(0xd1, value)
  else if (value >= -0x8000_0000) writeUint32(0xd2, value)
  else writeInt64(0xd3, value)
}

// By hand: three times as fast as writeUInt32BE and its kind, which check range and place again. A byte array keeps
// the lowest eight bits of what is put in, so these serve for negative numbers too.
const writeUint8 = (head: number, value: number): void => {
  buffer[at] = head
  buffer[at + 1] = value
  at += 2
}

const writeUint16 = (head: number, value: number): void => {
  buffer[at] = head
  buffer[at + 1] = value >> 8
  buffer[at + 2] = value
  at += 3
}

const writeUint32 = (head: number, value: number): void => {
  buffer[at] = head
  putUint32(at + 1, value)
  at += 5
}

const writeInt64 = (head: number, value: number): void => {
  const high = Math.floor(value / 0x1_0000_0000)
  buffer[at] = head
  putUint32(at + 1, high)
  putUint32(at + 5, value - high * 0x1_0000_0000)
  at += 9
}

const putUint32 = (start: number, value: number): void => {
  buffer[start] = value >>> 24
  buffer[start + 1] = value >>> 16
  buffer[start + 2] = value >>> 8
  buffer[start + 3] = value
}

const reserve = (bytes: number): void => {
  if (at + bytes <= buffer.length) return
  const larger = Buffer.allocUnsafeSlow(2 * (at + bytes))
  buffer.copy(larger, 0, 0, at)
  buffer = larger
}
