import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Lab } from './experiment.js'

/** A process of the lab's own that does one thing when it is asked. */
export interface Child {
  readonly pid: number
  /** @throws Error with the child's message, or when it has ended. */
  ask<T>(question: unknown): Promise<T>
}

// Resolved when needed: built scripts, which import this file too, lie where there is no tsx.
const fromSource = () => [
  '--conditions=@fastpath/source',
  '--import',
  import.meta.resolve('tsx'),
  '--enable-source-maps',
]

/**
 * Starts a script of the lab, or what `bundle` has made of it, as its own process and waits for its first word, which is the result of `start`. So that
 * caller, callee and lab don't share an event loop, a heap or a compiler.
 *
 * @param args given to the script as JSON.
 */
export const startChild = async <T>(lab: Lab, script: URL, args: unknown): Promise<{ child: Child; started: T }> => {
  const child = fork(fileURLToPath(script), [JSON.stringify(args)], {
    execArgv: script.pathname.endsWith('.ts') ? fromSource() : [],
    env: { ...process.env, NODE_ENV: 'production' },
    // A group of its own: Ctrl-C reaches the lab alone, which closes its children in order.
    detached: true,
    // Nothing but the lab's own lines goes to its stdout.
    stdio: ['ignore', 2, 2, 'ipc'],
    serialization: 'advanced',
  })
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(`it has ended (${signal ?? `exit code ${code}`})`))
  })
  lab.own({
    close: async () => {
      child.kill('SIGTERM')
      await ended
    },
  })
  const started = await answerOf<T>(child, ended)
  const ask = async <A>(question: unknown): Promise<A> => {
    const answer = answerOf<A>(child, ended)
    // Its end, which `answer` reports, explains more than a closed channel.
    child.send(question as object, () => {})
    return answer
  }
  return { child: { pid: child.pid as number, ask }, started }
}

/**
 * The script's side: tells the lab the result of `start`, then answers its questions, one at a time. Ends with the lab.
 */
export const serveLab = async <A, S>(
  start: (args: A) => Promise<{ started: S; answer?: (question: never) => Promise<unknown> }>,
): Promise<void> => {
  process.on('disconnect', () => process.exit(0))
  const tell = async (work: Promise<unknown>) => {
    const said = await work.then(
      (value): Said => ({ value }),
      (error): Said => ({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    )
    process.send?.(said)
  }
  const starting = start(JSON.parse(process.argv[2] ?? 'null') as A)
  process.on('message', (question) => void tell(starting.then(({ answer }) => answer?.(question as never))))
  await tell(starting.then(({ started }) => started))
}

interface Said {
  readonly value?: unknown
  readonly error?: string
}

const answerOf = async <T>(child: ChildProcess, ended: Promise<string>): Promise<T> => {
  const said = await Promise.race([
    new Promise<Said>((resolve) => child.once('message', (message) => resolve(message as Said))),
    ended.then((error): Said => ({ error })),
  ])
  if (said.error !== undefined) throw new Error(said.error)
  return said.value as T
}
