import { applyMigrations } from './apply-migrations.js'
import { readMigrateSettings } from './settings.js'

// Runs once, before the services of a release start, and ends.
try {
  await applyMigrations(readMigrateSettings(process.env), (line) => console.log(line))
} catch (error) {
  // Every expected failure says in its message what to do.
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
