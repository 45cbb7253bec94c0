import { spawn } from 'node:child_process'

/** Runs a program to its end. Rejects with the end of its output when it fails. */
export const run = (program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-2_000)
      })
    }
    child.on('error', reject)
    child.on('close', (code) => {
      code === 0 ? resolve() : reject(new Error(`${[program, ...args].join(' ')} failed (${code}):\n${output.trim()}`))
    })
  })
