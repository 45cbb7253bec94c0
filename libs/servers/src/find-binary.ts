import { accessSync, constants, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Where systems put servers without putting them on every PATH; a `*` stands for one folder's name, newest version first. */
export const usualFolders: readonly string[] = [
  '/usr/lib/postgresql/*/bin',
  '/usr/sbin',
  '/usr/local/sbin',
  '/sbin',
  '/opt/homebrew/opt/postgresql@*/bin',
  '/usr/local/opt/postgresql@*/bin',
]

/** The folders, PATH first, that hold all of these programs. */
export const foldersWith = (
  programs: readonly string[],
  path: string | undefined,
  folders: readonly string[] = usualFolders,
): string[] => {
  const onPath = (path ?? '').split(delimiter).filter((folder) => folder.startsWith('/'))
  const all = [...onPath, ...folders.flatMap(expand)]
  return all.filter((folder) => programs.every((program) => isProgram(join(folder, program))))
}

const isProgram = (file: string) => {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const expand = (pattern: string): string[] => {
  const [, parent = '', prefix = '', rest = ''] = /^(.*\/)([^/*]*)\*(.*)$/.exec(pattern) ?? []
  if (!parent) return [pattern]
  const names = namesIn(parent).filter((name) => name.startsWith(prefix))
  return names.sort((a, b) => b.localeCompare(a, 'en', { numeric: true })).map((name) => `${parent}${name}${rest}`)
}

const namesIn = (folder: string) => {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
