import { execFileSync, spawnSync } from 'node:child_process'

export interface User {
  name: string
  uid: number
  gid: number
}

/** Whom to run a program as that refuses root: `postgres`, else `nobody`; null when we aren't root. */
export const unprivilegedUser = (): User | null => {
  if (process.getuid?.() !== 0) return null
  return lookUp('postgres') ?? lookUp('nobody')
}

/** Whether this user gets into the folder (null: we ourselves). Asked of the system, since modes don't tell of ACLs and mounts. */
export const canEnter = (user: User | null, folder: string): boolean => tryAs(user, 'cd -- "$1"', folder)

/** Whether this user may make folders in it. */
export const canWrite = (user: User | null, folder: string): boolean => tryAs(user, 'cd -- "$1" && [ -w . ]', folder)

const tryAs = (user: User | null, script: string, folder: string) => {
  const as = user ? { uid: user.uid, gid: user.gid } : {}
  return spawnSync('/bin/sh', ['-c', script, 'sh', folder], { cwd: '/', stdio: 'ignore', ...as }).status === 0
}

const lookUp = (name: string): User | null => {
  try {
    return { name, uid: id('-u', name), gid: id('-g', name) }
  } catch {
    return null
  }
}

const id = (flag: string, name: string) =>
  Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
