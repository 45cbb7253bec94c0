import { decode, encode } from '@fastpath/contracts'
import { Decoder, Encoder } from '@msgpack/msgpack'

/** A way to write a value, with the value in the form in which it takes it. */
export interface Format {
  readonly name: 'layout' | 'maps' | 'JSON'
  readonly value: unknown
  readonly encode: (value: unknown) => Uint8Array
  readonly decode: (bytes: Uint8Array) => unknown
}

/** Ours: what both sides know from the schema is left out. */
export const layout = (
  { toWire, fromWire }: { toWire(value: never): unknown; fromWire(wire: unknown): unknown },
  value: unknown,
): Format => ({
  name: 'layout',
  value,
  encode: (record) => encode(toWire(record as never)),
  decode: (bytes) => fromWire(decode(bytes)),
})

// One of each for the process, as its manual advises for speed.
const encoder = new Encoder()
const decoder = new Decoder()

/** MessagePack as it comes: objects with their keys. */
export const maps = (value: unknown): Format => ({
  name: 'maps',
  value,
  encode: (record) => encoder.encode(record),
  decode: (bytes) => decoder.decode(bytes),
})

/** JSON as it goes into a message and comes out of one: bytes, not text. */
export const json = (value: unknown): Format => ({
  name: 'JSON',
  value,
  encode: (record) => Buffer.from(JSON.stringify(record)),
  decode: (bytes) => JSON.parse((bytes as Buffer).toString()),
})
