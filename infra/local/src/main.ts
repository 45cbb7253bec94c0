import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle } from '@fastpath/servers'
import { startAdminPage } from './admin-page.js'
import { clearDataFolder, lockDataFolder } from './data-folder.js'
import { prepareDatabase } from './database.js'
import { demoLogIn } from './demo-login.js'
import { checkEdgeInstalled, startEdge, startPooler } from './edge.js'
import { checkPortFree } from './ports.js'
import { startServers } from './servers.js'
import { help, readStartSettings } from './settings.js'
import { closingStack } from './stack.js'
import { supervise } from './supervisor.js'
import { keepTokenKeys } from './token-keys.js'

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

  if (settings.edge) checkEdgeInstalled()
  if (settings.edge) await checkPortFree('EDGE_PORT', settings.edgePort)
  await checkPortFree('PORT', settings.port)
  await checkPortFree('ADMIN_PORT', settings.adminPort)
  const dataFolder = stack.own(await lockDataFolder(settings.dataDir))
  const servers = stack.own(await startServers(dataFolder.path, say))
  const tokenKeys = settings.tokenKeys || (await keepTokenKeys(dataFolder.path))
  const direct = await prepareDatabase(servers.postgresUrl, root, say)
  const pooler = settings.edge ? stack.own(await startPooler(servers.postgresUrl, direct)) : undefined
  const databaseOf = (service: keyof typeof direct) => ({
    DATABASE_URL: (pooler?.urls ?? direct)[service],
    DIRECT_DATABASE_URL: direct[service],
    ...(pooler && { POOL_PREPARE: '0' }),
  })

  const start = async (name: 'user' | 'feed' | 'mailer' | 'gateway', env: NodeJS.ProcessEnv = {}) => {
    const folder = join(dataFolder.path, 'built', name)
    return stack.own(
      await supervise({
        name,
        entry: await bundle(join(root, `apps/${name}/src/main.ts`), { folder, sourcemap: true }),
        env: {
          LOG_LEVEL: 'warn',
          ...process.env,
          NATS_URL: servers.natsUrlAs(name),
          REDIS_URL: servers.redisUrl,
          ADMIN_PORT: '0',
          ...env,
        },
        say,
      }),
    )
  }
  const services = await Promise.all([
    start('user', { ...databaseOf('user'), TOKEN_KEYS: tokenKeys }),
    start('feed', databaseOf('feed')),
    start('mailer', { ...databaseOf('mailer'), SMTP_URL: servers.smtpUrl }),
  ])
  // Last to start and first to stop: whoever can reach the gateway finds everything behind it.
  const gateway = await start('gateway', {
    PORT: String(settings.port),
    ...(settings.edge && { TRUSTED_PROXIES: '127.0.0.1' }),
    // Port 0 becomes one only when the page is there, after the gateway.
    ...(settings.adminPort !== 0 && { ADMIN_PAGE_URL: `http://127.0.0.1:${settings.adminPort}` }),
  })
  const admin = stack.own(
    await startAdminPage({ port: settings.adminPort, gateway, services, mailFolder: servers.mailFolder }),
  )

  const url = gateway.url ?? ''
  const edge = settings.edge ? stack.own(await startEdge(url, settings.edgePort)) : undefined
  console.log(`
  gateway   ${url.padEnd(28)}admin ${gateway.adminUrl}
${services.map(({ name, adminUrl }) => `  ${name.padEnd(10)}${'over NATS'.padEnd(28)}admin ${adminUrl}`).join('\n')}
  all admin pages                       ${admin.url}${edge ? `\n  edge      ${edge.url.padEnd(28)}HTTP/2, by a certificate of its own: curl -k\n  pooler    ${pooler?.url}` : ''}

  Try:
    ${url}/ in a browser
    curl -i ${url}/api/articles
    curl -s '${url}/api/articles?tag=latency&limit=2'
    curl -I ${url}/api/profiles/amber-falcon
    curl -s ${admin.url}/latency
${servers.mailFolder === null ? '' : `    ${admin.url}/mail in a browser: the mails that were sent\n`}
${await demoLogIn(url)}
ready on ${url}`)
} catch (error) {
  // Every expected failure says in its message what to do; a stack would only bury it.
  console.error(`\n${error instanceof Error ? error.message : error}`)
  await stack.close(1)
}
