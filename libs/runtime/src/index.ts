export { type Admin, type AdminOptions, type AdminPage, type AdminPages, startAdmin } from './admin.js'
export type { Health, HealthReport } from './health.js'
export { createLog, type LogLevel } from './log.js'
export { type Closable, readRuntimeSettings, runService, type ServiceTools } from './run-service.js'
export {
  choiceSetting,
  integerSetting,
  listSetting,
  optionalSecretSetting,
  readSettings,
  type Setting,
  SettingsError,
  type SettingsOf,
  shareSetting,
  textSetting,
  urlSetting,
} from './settings.js'
