import { parseArgs } from 'node:util'
import { ServerError } from '@fastpath/servers'
import type { Experiment } from './experiment.js'
import { experiments } from './experiments/index.js'
import { describeMachine } from './machine.js'
import { type OpenLab, openLab } from './open-lab.js'

const help = `npm run lab                                lists the experiments
npm run lab -- NAME… [--quick] [--json]    runs some of them

  --quick   fewer and shorter rounds: to see that it works, not to quote
  --json    one line an experiment on stdout, {"experiment":NAME,"figures":{…}}; all else goes to stderr
  --help    this`

interface Wishes {
  readonly names: readonly string[]
  readonly quick: boolean
  readonly json: boolean
  readonly help: boolean
}

/** By then all is closed, or the process leaves without: servers and children see for themselves that it has gone. */
const closeTimeoutMs = 10_000
let running: OpenLab | undefined
let interrupted: Promise<never> | undefined
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // Every time, not once: of one Ctrl-C we hear from the terminal, and from npm again.
  process.on(signal, () => {
    interrupted ??= Promise.resolve(running?.close()).then(() => process.exit(130))
    setTimeout(() => process.exit(130), closeTimeoutMs).unref()
  })
}

const main = async (args: readonly string[]): Promise<number> => {
  const { names, quick, json, help: wantsHelp } = readArgs(args)
  if (wantsHelp) return print(help)
  if (names.length === 0 && json) throw new UsageError('--json needs the name of an experiment')
  if (names.length === 0) return print(list())

  const chosen = names.map(experimentOf)
  const say = (line: string) => void (json ? process.stderr : process.stdout).write(`${line}\n`)
  for (const line of describeMachine()) say(line)
  say(`command    npm run lab -- ${[...names, ...(quick ? ['--quick'] : []), ...(json ? ['--json'] : [])].join(' ')}`)
  if (quick) say('\nquick: to see that it works, not to quote')
  let failed = 0
  for (const experiment of chosen) {
    try {
      const figures = await runOne(experiment, { quick, say })
      if (json) print(JSON.stringify({ experiment: experiment.name, figures }))
    } catch (error) {
      // What fails because all is being closed is no failure.
      await interrupted
      failed++
      process.stderr.write(`${experiment.name} has failed: ${whatWentWrong(error)}\n`)
    }
  }
  return failed ? 1 : 0
}

const runOne = async (experiment: Experiment, { quick, say }: Pick<OpenLab, 'quick' | 'say'>) => {
  const lab = openLab({ quick, say })
  running = lab
  try {
    say(`\n── ${experiment.name}: ${experiment.summary}`)
    say(`held equal: ${experiment.heldEqual}`)
    const figures = await experiment.run(lab)
    await interrupted
    say(`\nwhat it teaches: ${experiment.teaches}`)
    return rounded(figures)
  } finally {
    await lab.close()
  }
}

/** A server that isn't there says what to do; of anything else we want to know where it happened. */
const whatWentWrong = (error: unknown): string => {
  if (error instanceof ServerError) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** Five digits that count: no measurement here has more. */
const rounded = (figures: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, Number(value.toPrecision(5))]))

class UsageError extends Error {
  override readonly name = 'UsageError'
}

const readArgs = (args: readonly string[]): Wishes => {
  const { quick, json, help } = {
    quick: { type: 'boolean' },
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  } as const
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { quick, json, help },
    })
    return { names: positionals, quick: values.quick ?? false, json: values.json ?? false, help: values.help ?? false }
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

const experimentOf = (name: string): Experiment => {
  const experiment = experiments.find((known) => known.name === name)
  if (!experiment) throw new UsageError(`there is no experiment "${name}"; there are:\n${list()}`)
  return experiment
}

const list = (): string => {
  const width = Math.max(...experiments.map(({ name }) => name.length))
  return experiments.map(({ name, summary }) => `  ${name.padEnd(width)}   ${summary}`).join('\n')
}

const print = (text: string): number => {
  process.stdout.write(`${text}\n`)
  return 0
}

try {
  process.exit(await main(process.argv.slice(2)))
} catch (error) {
  process.stderr.write(`${error instanceof UsageError ? `${error.message}\n\n${help}` : (error as Error).stack}\n`)
  process.exit(1)
}
