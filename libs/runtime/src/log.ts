import { type Logger, pino } from 'pino'
import pretty from 'pino-pretty'

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** JSON lines on standard output; readable ones where a person looks on. */
export const createLog = (service: string, level: LogLevel): Logger => {
  const options = { name: service, level, base: { name: service } }
  return process.stdout.isTTY ? pino(options, pretty({ ignore: 'pid,hostname' })) : pino(options)
}
