import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startAdminPage } from './admin-page.js'
import { clearDataFolder, lockDataFolder } from './data-folder.js'
import { prepareDatabase } from './database.js'
import { checkPortFree } from './ports.js'
import { startServers } from './servers.js'
import { help, readStartSettings } from './settings.js'
import { closingStack } from './stack.js'
import { supervise } from './supervisor.js'

const root = join(fileURLToPath(import.meta.url), '../../../..')
const say = (line: string): void => console.log(`  ${line}`)
const stack = closingStack(say)

try {
  const settings = readStartSettings(root, process.env, process.argv.slice(2))
  if (settings.task === 'help') {
    console.log(help)
    process.exit(0)
  }
  if (settings.task === 'reset') {
    await clearDataFolder(settings.dataDir)
    say(`cleared ${settings.dataDir}`)
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stack.close(0))
  process.on('disconnect', () => void stack.close(0))
  // It went before this program was loaded.
  if (process.connected === false) await stack.close(0)

  await checkPortFree('PORT', settings.port)
  await checkPortFree('ADMIN_PORT', settings.adminPort)
  const dataFolder = stack.own(await lockDataFolder(settings.dataDir))
  const servers = stack.own(await startServers(dataFolder.path, say))
  const databaseUrls = await prepareDatabase(servers.postgresUrl, root, say)

  const start = async (name: string, env: NodeJS.ProcessEnv = {}) =>
    stack.own(
      await supervise({
        name,
        entry: join(root, `apps/${name}/src/main.ts`),
        env: {
          LOG_LEVEL: 'warn',
          ...process.env,
          NATS_URL: servers.natsUrl,
          REDIS_URL: servers.redisUrl,
          ADMIN_PORT: '0',
          ...env,
        },
        say,
      }),
    )
  const services = await Promise.all([
    start('user', { DATABASE_URL: databaseUrls.user }),
    start('feed', { DATABASE_URL: databaseUrls.feed }),
    start('mailer'),
  ])
  // Last to start and first to stop: whoever can reach the gateway finds everything behind it.
  const gateway = await start('gateway', { PORT: String(settings.port) })
  const admin = stack.own(await startAdminPage(settings.adminPort, [gateway, ...services]))

  const url = gateway.url ?? ''
  console.log(`
  gateway   ${url.padEnd(28)}admin ${gateway.adminUrl}
${services.map(({ name, adminUrl }) => `  ${name.padEnd(10)}${'over NATS'.padEnd(28)}admin ${adminUrl}`).join('\n')}
  all admin pages                       ${admin.url}

  Try:
    curl -i ${url}/api/articles
    curl -s '${url}/api/articles?tag=latency&limit=2'
    curl -I ${url}/api/profiles/amber-falcon

ready on ${url}`)
} catch (error) {
  // Every expected failure says in its message what to do; a stack would only bury it.
  console.error(`\n${error instanceof Error ? error.message : error}`)
  await stack.close(1)
}
