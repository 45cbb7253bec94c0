import type { Experiment, Lab, Variant } from '../experiment.js'
import { microsecondsOf } from '../microseconds-of.js'
import { articlePage, intoCyrillic } from '../page.js'
import { interleave, mediansOf, type TimeRatio } from '../rounds.js'
import { compareRequests } from '../signed-in/compare-requests.js'
import { waysToWrite } from '../signed-in/ways-to-write.js'
import { tellRounds, tellTimeRatios } from '../table.js'

/*
 * Who is signed in gets a page that is nobody else's: it can't be kept finished. Held equal are the page and its bytes,
 * which are compared in every round. First the writing alone, in one process: the whole page by the compiled writer, and
 * the kept texts of its articles with the reader's flags and the counts put in, each looked up by id and version. Then
 * whole requests. It teaches how little of such a page is the reader's own, and what share of a request the writing was.
 */
export const signedInRead: Experiment = {
  name: 'signed-in-read',
  summary: 'A list of 20 for a signed-in reader: written whole, or spliced of texts that are kept for every article.',
  heldEqual:
    'the same 20 articles, 10 kB, also in Cyrillic; every answer is to the byte the same. “bytes” goes on to the buffer that is sent. ' +
    'Over HTTP: two gateways, FRAGMENT_BYTES as it is by default and 0, before the same services and database; ' +
    'a real token, 16 connections in a closed loop.',
  teaches:
    'Of a page for one reader all but two flags and a count is the same for all: write that once for each version of the article and its author. ' +
    'It takes the writing out of the request; the reading of the rows remains, and is the larger part until that is cached too.',

  async run(lab) {
    const ratios = {
      ...(await compareWriting(lab, '')),
      ...(await compareWriting(lab, '-cyrillic', intoCyrillic)),
      ...(await compareRequests(lab)),
    }
    tellTimeRatios(lab, ratios)
    return mediansOf(ratios)
  },
}

const compareWriting = async (
  lab: Lab,
  suffix: string,
  translate?: (text: string) => string,
): Promise<Record<string, TimeRatio>> => {
  const { writeWhole, splice } = waysToWrite(articlePage(20, translate), translate)
  const expected = writeWhole()
  const variantOf = (name: string, write: () => string): Variant => ({
    name,
    async round(ms) {
      if (write() !== expected) throw new Error(`${name} writes something else`)
      return {
        writeUs: microsecondsOf(write, ms / 2),
        bytesUs: microsecondsOf(() => Buffer.from(write()), ms / 2),
      }
    },
  })
  const rounds = await interleave(
    [variantOf('whole', writeWhole), variantOf('fragments', splice)],
    lab.quick ? { rounds: 6, roundMs: 40, warmupMs: 120 } : { rounds: 21, roundMs: 120, warmupMs: 1_000 },
  )
  tellRounds(lab, `a page of 20, written${suffix && ', Cyrillic'}`, {
    rounds,
    columns: [
      { figure: 'writeUs', title: 'text µs', digits: 2 },
      { figure: 'bytesUs', title: 'bytes µs', digits: 2 },
    ],
  })
  return {
    [`serialize-to-whole${suffix}`]: rounds.timeRatio('fragments', 'whole', 'writeUs'),
    [`bytes-to-whole${suffix}`]: rounds.timeRatio('fragments', 'whole', 'bytesUs'),
  }
}
