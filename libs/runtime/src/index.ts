export { type Admin, type AdminOptions, startAdmin } from './admin.js'
export type { Health, HealthReport } from './health.js'
export { createLog, type LogLevel } from './log.js'
export { type Closable, runService, type ServiceTools } from './run-service.js'
export {
  choiceSetting,
  integerSetting,
  readSettings,
  type Setting,
  SettingsError,
  type SettingsOf,
  textSetting,
  urlSetting,
} from './settings.js'
