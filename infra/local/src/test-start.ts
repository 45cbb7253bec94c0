import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { until } from '@fastpath/testing'

const entry = fileURLToPath(new URL('../start.mjs', import.meta.url))

/** One `npm start`. */
export interface Start {
  readonly child: ChildProcess
  readonly output: () => string
  readonly ended: Promise<number | null>
}

/** A data folder of its own for `npm start`, any number of times. */
export interface TestStarts {
  readonly dataDir: string
  start(env?: NodeJS.ProcessEnv, args?: readonly string[]): Start
  /** Stops what a failed test may have left behind. */
  stopAll(): Promise<void>
  /** Removes the data; nothing may run on it any more. */
  remove(): Promise<void>
}

export const createTestStarts = async (): Promise<TestStarts> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'fastpath-start-'))
  const running = new Set<Start>()

  const start: TestStarts['start'] = (env = {}, args = []) => {
    const child = spawn(process.execPath, [entry, ...args], {
      env: { PATH: process.env.PATH, DATA_DIR: dataDir, PORT: '0', ADMIN_PORT: '0', N_PLUS_ONE: 'fail', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let text = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk) => (text += chunk))
    const written = [finished(child.stdout), finished(child.stderr)]
    const ended = once(child, 'exit').then(async ([code]) => {
      await Promise.all(written)
      running.delete(started)
      return code as number | null
    })
    const started: Start = { child, output: () => text, ended }
    running.add(started)
    return started
  }

  return {
    dataDir,
    start,
    async stopAll() {
      for (const { child, ended } of running) {
        child.kill('SIGTERM')
        await ended
      }
    },
    async remove() {
      await start({}, ['--reset']).ended
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** Resolves with the URL of the gateway when everything is there. */
export const ready = ({ output, child }: Start): Promise<string> =>
  until(
    'ready',
    () => {
      if (child.exitCode !== null) throw new Error(output())
      return /^ready on (http:\S+)$/m.exec(output())?.[1]
    },
    60_000,
  )
