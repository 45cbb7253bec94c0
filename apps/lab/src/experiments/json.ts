import { isDeepStrictEqual } from 'node:util'
import type { Experiment, Lab, Variant } from '../experiment.js'
import { compareRequests } from '../json/compare-requests.js'
import { type JsonValueName, jsonValues } from '../json/values.js'
import { microsecondsOf } from '../microseconds-of.js'
import { interleave, mediansOf, type TimeRatio } from '../rounds.js'
import { tellRounds, tellTimeRatios } from '../table.js'

/*
 * How an answer becomes text. Held equal are the values, and that every way gives the same JSON. First the writing alone,
 * in one process: JSON.stringify and the writer that libs/contracts compiles from the route's schema (fast-json-stringify).
 * Then whole requests: an Express app for each way, of which only the last line differs. It teaches how much of a request
 * is the writing at all, and that the answer depends on the Node version: run it on yours.
 */
export const json: Experiment = {
  name: 'json',
  summary: 'JSON.stringify, a writer compiled from the schema, Express’s res.json; short and long bodies, dates.',
  heldEqual:
    'the values: a profile; a page of 20 articles with Dates, and with dates as text; an article with a body of 15 kB. Every way gives the same JSON. ' +
    'Over HTTP: one Express app each, 16 connections in a closed loop, no middleware.',
  teaches:
    'A compiled writer leaves out what the schema does not name, and is fastest with Dates and many small fields; one long string is copied either way. ' +
    'JSON.stringify has become much faster with newer Node. What res.json costs beside is mostly its ETag, a hash of every body: a saving only where clients come back with it.',

  async run(lab) {
    const ratios: Record<string, TimeRatio> = {}
    for (const name of Object.keys(jsonValues) as JsonValueName[])
      Object.assign(ratios, await compareWriting(lab, name))
    Object.assign(ratios, await compareRequests(lab, ['profile', 'page']))
    tellTimeRatios(lab, ratios)
    return mediansOf(ratios)
  },
}

const compareWriting = async (lab: Lab, name: JsonValueName): Promise<Record<string, TimeRatio>> => {
  const { value, write } = jsonValues[name]
  const expected = JSON.parse(JSON.stringify(value))
  const variantOf = (name: string, write: () => string): Variant => ({
    name,
    async round(ms) {
      const text = write()
      if (!isDeepStrictEqual(JSON.parse(text), expected)) throw new Error(`${name} writes something else`)
      return { bytes: Buffer.byteLength(text), writeUs: microsecondsOf(write, ms) }
    },
  })
  const rounds = await interleave(
    [variantOf('JSON.stringify', () => JSON.stringify(value)), variantOf('writer', () => write(value as never))],
    lab.quick ? { rounds: 6, roundMs: 20, warmupMs: 60 } : { rounds: 21, roundMs: 60, warmupMs: 500 },
  )
  tellRounds(lab, `${name}, written`, {
    rounds,
    columns: [
      { figure: 'bytes', title: 'bytes' },
      { figure: 'writeUs', title: 'µs', digits: 2 },
    ],
  })
  return { [`writer-to-stringify-${name}`]: rounds.timeRatio('writer', 'JSON.stringify', 'writeUs') }
}
