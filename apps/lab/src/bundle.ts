import { existsSync } from 'node:fs'
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Lab } from './experiment.js'

/**
 * Makes one file of a program, as `npm run build` does, and returns its path: what is measured is what production runs,
 * for our services and for those beside them alike. (From source, under tsx, a list took an eighth more CPU.)
 */
export const bundle = async (lab: Lab, name: string, entry: string): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'fastpath-lab-'))
  lab.own({ close: () => rm(folder, { recursive: true, force: true }) })
  const outfile = join(folder, 'dist', `${name}.mjs`)
  // What a program serves lies beside its sources, and beside what is built of them.
  const publicFolder = join(dirname(entry), '../public')
  if (existsSync(publicFolder)) await cp(publicFolder, join(folder, 'public'), { recursive: true })
  // And what it serves of packages it finds as it does from source.
  await symlink(fileURLToPath(new URL('../../../node_modules', import.meta.url)), join(folder, 'node_modules'))
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    conditions: ['@fastpath/source'],
    // A native addon lies beside the file that loads it.
    loader: { '.node': 'copy' },
    // Packages that are not ESM call it.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    logLevel: 'warning',
  })
  return outfile
}
