import { randomBytes } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * The key that this clone's tokens are signed with, made at the first start and kept in the data folder, for its owner's
 * eyes alone: tokens outlive a restart.
 */
export const keepTokenKeys = async (dataFolder: string): Promise<string> => {
  const file = join(dataFolder, 'token-keys')
  const kept = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  if (kept) return kept.trim()
  const made = `local:${randomBytes(32).toString('base64')}`
  // Complete from its first moment: a start may be killed at any.
  await writeFile(`${file}.new`, `${made}\n`, { mode: 0o600 })
  await rename(`${file}.new`, file)
  return made
}
