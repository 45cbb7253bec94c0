import { embeddedPostgres } from './embedded-postgres.js'
import { foldersWith } from './find-binary.js'
import { install, installCommand } from './install.js'
import { type InstalledKind, isNamed } from './kind.js'
import type { ServerOptions } from './server.js'
import { ServerError } from './server-error.js'
import { canEnter } from './user.js'

/** The folder with the programs of a server, installed on the way if need be. Rejects with SERVER_MISSING. */
export const findPrograms = async (kind: InstalledKind, options: ServerOptions): Promise<string> => {
  const look = () => programsOf(kind, options)
  const found = look()
  if (found) return found
  if (isNamed(kind)) await install(kind, options, () => look() !== null)
  const installed = look()
  if (installed) return installed
  throw missing(kind)
}

/** How to come by a server, or a part of it, that isn't there. */
export const missing = (kind: InstalledKind, part = ''): ServerError => {
  const command = installCommand(kind.packages)
  const how = command ? `install it with: ${command}` : `install ${kind.programs[0]} with your system's package manager`
  const or = isNamed(kind) ? `\nor let ${kind.variable} name one that runs (${kind.takes})` : ''
  return new ServerError('SERVER_MISSING', `${kind.title}${part} isn't installed; ${how}${or}`)
}

const programsOf = (kind: InstalledKind, { env = process.env, folders }: ServerOptions): string | null => {
  const user = kind.user()
  const found = foldersWith(kind.programs, env.PATH, folders).find((folder) => !user || canEnter(user, folder))
  return found ?? (kind.npm ? embeddedPostgres(user) : null)
}
