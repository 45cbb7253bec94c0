// `npm start`. Plain JavaScript that needs nothing installed: it installs what the rest needs, then hands over to it.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Fastpath needs Node.js 20.19 or newer; this is ${process.version}`)
  process.exit(1)
}

const installed = join(root, 'node_modules/.package-lock.json')
const wanted = join(root, 'package-lock.json')
if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(wanted).mtimeMs) {
  console.log('installing dependencies (npm ci)')
  const { status } = spawnSync('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], {
    cwd: root,
    stdio: 'inherit',
  })
  if (status !== 0) {
    console.error('npm ci has failed; its message is above')
    process.exit(1)
  }
}

const flags = ['--conditions=@fastpath/source', '--import', 'tsx', '--enable-source-maps']
const child = spawn(process.execPath, [...flags, join(root, 'infra/local/src/main.ts'), ...process.argv.slice(2)], {
  cwd: root,
  // With the channel the child notices when this process is gone, however it went.
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
})
// Ctrl-C reaches the child by itself too: it stops once, however often it is told.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill('SIGTERM'))
child.on('exit', (code) => process.exit(code ?? 1))
