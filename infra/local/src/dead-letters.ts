import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { conduitEvents, decode } from '@fastpath/contracts'
import { type DeadLetter, type DeadLetters, openDeadLetters } from '@fastpath/messaging'
import { natsUrlFile } from './nats-url.js'

const help = `npm run dead-letters -- list        events that a consumer could not handle
npm run dead-letters -- show ID     one of them, with its data and every try
npm run dead-letters -- retry ID    hands it to the consumer that failed, under its old id; or: retry all
npm run dead-letters -- drop ID     forgets it

Settings, from the environment:
  NATS_URL      the broker; without it that of the stack that runs here by npm start
  NATS_PREFIX   what stands before every subject
  DATA_DIR      .data, as for npm start`

const root = join(fileURLToPath(import.meta.url), '../../../..')

/** What the reader can mend: its message alone, no stack. */
class Refusal extends Error {}

const findBroker = async (env: NodeJS.ProcessEnv): Promise<string> => {
  if (env.NATS_URL) return env.NATS_URL
  const file = natsUrlFile(resolve(root, env.DATA_DIR || '.data'))
  return readFile(file, 'utf8').catch(() => {
    throw new Refusal('no stack runs here: npm start it, or name its broker, as in NATS_URL=nats://host:4222')
  })
}

const list = async (letters: DeadLetters): Promise<void> => {
  let count = 0
  for await (const { id, diedAt, consumer, subject, aggregate, history } of letters.list()) {
    count++
    const last = (history.at(-1) ?? '').slice(lengthOfDate).split('\n')[0]?.slice(0, 100)
    const tries = history.length === 1 ? '1 try' : `${history.length} tries`
    console.log(`${id}  ${diedAt.toISOString()}  ${consumer}  ${subject}  ${aggregate}  ${tries}  ${last}`)
  }
  console.log(count === 0 ? 'no dead letters' : `${count} dead letter${count === 1 ? '' : 's'}`)
}

/** Each line of a history begins with a moment and a space. */
const lengthOfDate = '2024-01-01T00:00:00.000Z '.length

const show = ({ history, data, happenedAt, diedAt, ...letter }: DeadLetter): void => {
  for (const [name, value] of Object.entries(letter)) console.log(`${name.padEnd(12)}${value}`)
  console.log(`${'happenedAt'.padEnd(12)}${happenedAt.toISOString()}\n${'diedAt'.padEnd(12)}${diedAt.toISOString()}`)
  console.log(`${'data'.padEnd(12)}${JSON.stringify(readData(letter.subject, data))}\n`)
  for (const [i, line] of history.entries()) console.log(`try ${i + 1}  ${line}`)
}

/** By its fields where this release knows the event, else as it came. */
const readData = (subject: string, bytes: Uint8Array): unknown => {
  try {
    const [, wire] = decode(bytes) as [unknown, unknown]
    return conduitEvents.find((event) => event.subject === subject)?.data.fromWire(wire) ?? wire
  } catch {
    return `${bytes.length} bytes that can't be read`
  }
}

const one = async (letters: DeadLetters, id: string | undefined): Promise<DeadLetter> => {
  if (!id || !/^[1-9]\d{0,14}$/.test(id))
    throw new Refusal(`the id is ${JSON.stringify(id ?? '')}; takes one of those that list shows`)
  const letter = await letters.find(Number(id))
  if (!letter) throw new Refusal(`there is no dead letter ${id}`)
  return letter
}

const retry = async (letters: DeadLetters, id: string | undefined): Promise<void> => {
  if (id !== 'all') {
    await letters.retry(await one(letters, id))
    console.log(`dead letter ${id} is tried again`)
    return
  }
  // As they are now: one that fails again is not taken a second time.
  const found: DeadLetter[] = []
  for await (const letter of letters.list()) found.push(letter)
  for (const letter of found) await letters.retry(letter)
  console.log(`${found.length} dead letter${found.length === 1 ? ' is' : 's are'} tried again`)
}

const drop = async (letters: DeadLetters, id: string | undefined): Promise<void> => {
  await letters.drop((await one(letters, id)).id)
  console.log(`dead letter ${id} is forgotten`)
}

const commands = {
  list,
  show: async (letters: DeadLetters, id: string | undefined) => show(await one(letters, id)),
  retry,
  drop,
}

const run = async ([command = '', id, ...more]: string[]): Promise<void> => {
  if (['--help', '-h', 'help'].includes(command)) {
    console.log(help)
    return
  }
  if (!Object.hasOwn(commands, command) || more.length > 0) throw new Refusal(help)
  const url = await findBroker(process.env)
  const letters = await openDeadLetters({ url, prefix: process.env.NATS_PREFIX ?? '' }).catch((error: Error) => {
    throw new Refusal(`the broker can't be reached: ${error.message}`)
  })
  try {
    await commands[command as keyof typeof commands](letters, id)
  } finally {
    await letters.close()
  }
}

try {
  await run(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Refusal ? error.message : error)
  process.exitCode = 1
}
