import { createMetrics, type JudgeMode, judgeModes, type Metrics, watchLoopDelay } from '@fastpath/timing'
import type { Logger } from 'pino'
import { type AdminPages, startAdmin } from './admin.js'
import { createHealth, type Health } from './health.js'
import { createLog, logLevels } from './log.js'
import { choiceSetting, integerSetting, readSettings, SettingsError, textSetting } from './settings.js'

/** Something that must be closed. */
export interface Closable {
  close(): Promise<void> | void
}

export interface ServiceTools {
  /** Hands over what is to be closed at the end: in the reverse of the order in which it was handed over. */
  own<T extends Closable>(resource: T): T
  /** Where the service adds pages for its operators. */
  readonly admin: AdminPages
  readonly health: Health
  readonly metrics: Metrics
  readonly log: Logger
  /** What becomes of an N+1 (`createJudge`), and whether pool and bus look up its place in the code. */
  readonly nPlusOne: JudgeMode
  readonly callSites: boolean
  readonly queryLog: boolean
}

/** What a service may tell of itself when it is ready. */
export interface Serving {
  /** Where it serves. */
  readonly url: string
}

/** By then a stop is done, or the process leaves without. */
const stopTimeoutMs = 10_000

/**
 * Runs a service until SIGTERM or SIGINT: settings, log, admin listener, then `start`; at the end everything that it
 * owns is closed in reverse, and the process exits with 0. A start that fails says why in one line and exits with 1.
 *
 * Reads `LOG_LEVEL` (info), `ADMIN_HOST` (127.0.0.1), `ADMIN_PORT` (0: any free one), `N_PLUS_ONE` (warn; count where
 * `NODE_ENV` is production) and `QUERY_LOG` (0). Started by another process with an
 * IPC channel, it tells that process `{ ready: true, adminUrl, url }`.
 *
 * @example await runService('feed', async ({ own }) => { const pool = own(createPool(config.postgres)) })
 */
export const runService = async (
  name: string,
  start: (tools: ServiceTools) => Promise<Serving> | Promise<void>,
): Promise<void> => {
  let state: 'starting' | 'ready' | 'draining' = 'starting'
  let log: Logger | undefined
  const owned: Closable[] = []

  const stop = async (why: string, exitCode: number): Promise<void> => {
    if (state === 'draining') return
    state = 'draining'
    log?.info({ why }, 'stopping')
    setTimeout(() => {
      log?.error({ stopTimeoutMs }, 'did not stop in time')
      process.exit(1)
    }, stopTimeoutMs).unref()
    let code = exitCode
    for (const resource of owned.reverse()) {
      try {
        await resource.close()
      } catch (error) {
        log?.error({ err: error }, 'could not be closed')
        code = 1
      }
    }
    log?.info({}, 'stopped')
    process.exit(code)
  }

  process.once('SIGTERM', () => void stop('SIGTERM', 0))
  process.once('SIGINT', () => void stop('SIGINT', 0))
  process.on('disconnect', () => void stop('the parent process has gone', 0))
  // It went before this program was loaded.
  if (process.connected === false) return stop('the parent process has gone', 0)
  for (const fatal of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(fatal, (error) => {
      log?.fatal({ err: error }, fatal)
      void stop(fatal, 1)
    })
  }

  try {
    const settings = readRuntimeSettings(name, process.env)
    const { nPlusOne } = settings
    log = createLog(name, settings.level)
    const metrics = createMetrics()
    const health = createHealth(() => state)
    watchProcess(name, metrics)
    const admin = await startAdmin({
      service: name,
      host: settings.adminHost,
      port: settings.adminPort,
      health,
      metrics,
    })
    owned.push(admin)
    const own = <T extends Closable>(resource: T): T => {
      owned.push(resource)
      return resource
    }
    // Each costs a stack, and with source maps much more: for those who look on.
    const callSites = nPlusOne === 'warn' || nPlusOne === 'fail'
    const queryLog = settings.queryLog === '1'
    const serving = await start({ own, admin, health, metrics, log, nPlusOne, callSites, queryLog })
    if (state !== 'starting') return
    state = 'ready'
    log.info({ ...serving, adminUrl: admin.url }, 'ready')
    process.send?.({ ready: true, ...serving, adminUrl: admin.url })
  } catch (error) {
    // Settings are the reader's to mend: the message alone, no stack.
    if (error instanceof SettingsError) process.stderr.write(`${error.message}\n`)
    else if (log) log.fatal({ err: error }, `${name} can't start`)
    else process.stderr.write(`${name} can't start: ${error}\n`)
    await stop('the start has failed', 1)
  }
}

/** What every service reads besides its own settings. */
export const readRuntimeSettings = (name: string, env: NodeJS.ProcessEnv) =>
  readSettings(name, env, {
    level: choiceSetting('LOG_LEVEL', logLevels, 'info'),
    adminHost: textSetting('ADMIN_HOST', 'an address of this machine', '127.0.0.1'),
    adminPort: integerSetting('ADMIN_PORT', 0, 65_535, 0),
    nPlusOne: choiceSetting('N_PLUS_ONE', judgeModes, env.NODE_ENV === 'production' ? 'count' : 'warn'),
    queryLog: choiceSetting('QUERY_LOG', ['0', '1'], '0'),
  })

const watchProcess = (service: string, metrics: Metrics): void => {
  watchLoopDelay(
    metrics.histogram('fastpath_event_loop_delay_seconds', 'How long what arrives waits for the event loop', {
      service,
    }),
  )
  metrics.gauge('process_pid', 'The id of this process', () => process.pid)
  metrics.gauge('process_resident_memory_bytes', 'Resident memory', () => process.memoryUsage.rss())
}
