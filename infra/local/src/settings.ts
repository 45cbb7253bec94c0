import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { integerSetting, readSettings, textSetting } from '@fastpath/runtime'

export const help = `npm start            the whole stack on this machine, until Ctrl-C
npm run reset        clears its data

Settings, from the environment:
  PORT            3000       the public API
  ADMIN_PORT      3001       a page with links to every service's admin listener
  DATA_DIR        .data      where the data is kept
  LOG_LEVEL       warn       of the services: error, warn, info, debug
  DATABASE_URL, NATS_URL, REDIS_URL      servers to use instead of private ones
  FASTPATH_INSTALL=0                     never install a missing server`

/** @throws SettingsError that names every wrong setting. */
export const readStartSettings = (root: string, env: NodeJS.ProcessEnv, args: readonly string[]) => {
  const { values } = parseArgs({
    args: [...args],
    options: { help: { type: 'boolean', short: 'h' }, reset: { type: 'boolean' } },
  })
  const settings = readSettings('npm start', env, {
    port: integerSetting('PORT', 0, 65_535, 3000),
    adminPort: integerSetting('ADMIN_PORT', 0, 65_535, 3001),
    dataDir: textSetting('DATA_DIR', 'a folder', '.data'),
  })
  const task = values.help ? 'help' : values.reset ? 'reset' : 'start'
  return { ...settings, dataDir: resolve(root, settings.dataDir), task } as const
}
