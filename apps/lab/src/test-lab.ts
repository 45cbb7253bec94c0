import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))

/** Runs the lab's command line as anybody does. */
export const lab = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const flags = ['--conditions=@fastpath/source', '--import', 'tsx']
    const env = { ...process.env, NODE_OPTIONS: '' }
    const child = execFile(process.execPath, [...flags, main, ...args], { env }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    )
  })
