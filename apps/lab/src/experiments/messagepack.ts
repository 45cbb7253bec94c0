import { isDeepStrictEqual } from 'node:util'
import type { Experiment, Lab, Variant } from '../experiment.js'
import type { Format } from '../messagepack/formats.js'
import { type Subject, subjects } from '../messagepack/subjects.js'
import { microsecondsOf } from '../microseconds-of.js'
import { interleave } from '../rounds.js'
import { tellRatios, tellRounds } from '../table.js'

export const messagepack: Experiment = {
  name: 'messagepack',
  summary: 'Bytes and time of a page in our MessagePack layout, in MessagePack with maps, and in JSON.',
  heldEqual:
    'the same page in one process: articles with their authors, as the public API shows them; what is decoded is checked in every round. ' +
    'The layout is compiled from the public schema, with dates as the integers that services exchange; maps and JSON have them as text. ' +
    '“records”: the layout carries what our services really exchange for that page, articles and profiles, which have ids and versions besides. ' +
    '“same record”: all three carry the articles as our services exchange them, dates as integers.',
  teaches:
    'MessagePack with maps repeats every key and reads strings one by one in JavaScript: smaller than JSON, and slower to read. ' +
    'A layout that both sides know from the schema leaves the keys out and joins the strings, and is faster than JSON both ways.',

  async run(lab) {
    const figures: Record<string, number> = {}
    for (const { title, suffix, formats } of subjects())
      Object.assign(figures, await compare(lab, { title, suffix, formats }))
    return figures
  },
}

const compare = async (lab: Lab, { title, suffix, formats }: Subject): Promise<Record<string, number>> => {
  const rounds = await interleave(
    formats.map(variantOf),
    lab.quick ? { rounds: 3, roundMs: 20, warmupMs: 60 } : { rounds: 41, roundMs: 80, warmupMs: 1_000 },
  )
  tellRounds(lab, title, {
    rounds,
    columns: [
      { figure: 'bytes', title: 'bytes' },
      { figure: 'encodeUs', title: 'encode µs', digits: 2 },
      { figure: 'decodeUs', title: 'decode µs', digits: 2 },
    ],
  })
  const ratios = {
    [`bytes-to-json${suffix}`]: rounds.ratio('layout', 'JSON', 'bytes'),
    [`encode-to-json${suffix}`]: rounds.ratio('layout', 'JSON', 'encodeUs'),
    [`decode-to-json${suffix}`]: rounds.ratio('layout', 'JSON', 'decodeUs'),
    [`maps-bytes-to-json${suffix}`]: rounds.ratio('maps', 'JSON', 'bytes'),
    [`maps-encode-to-json${suffix}`]: rounds.ratio('maps', 'JSON', 'encodeUs'),
    [`maps-decode-to-json${suffix}`]: rounds.ratio('maps', 'JSON', 'decodeUs'),
  }
  tellRatios(lab, ratios)
  return Object.fromEntries(Object.entries(ratios).map(([name, { median }]) => [name, median]))
}

const variantOf = ({ name, value, encode, decode }: Format): Variant => ({
  name,
  async round(ms) {
    const bytes = encode(value)
    if (!isDeepStrictEqual(decode(bytes), value)) throw new Error(`${name}: what was decoded is not what was encoded`)
    return {
      bytes: bytes.length,
      encodeUs: microsecondsOf(() => encode(value), ms / 2),
      decodeUs: microsecondsOf(() => decode(bytes), ms / 2),
    }
  },
})
