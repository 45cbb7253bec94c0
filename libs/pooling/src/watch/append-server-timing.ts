import type { ServerResponse } from 'node:http'

type Value = number | string | readonly string[]

/**
 * Adds to what the app itself may have set, by `setHeader` or in the arguments of `writeHead`, which win over it.
 *
 * @returns The arguments with which to go on.
 */
export const appendServerTiming = (
  res: ServerResponse,
  args: readonly unknown[],
  added: string,
): readonly unknown[] => {
  const given = args.at(-1)
  const rest = args.slice(0, -1)
  if (Array.isArray(given)) {
    // Either [name, value, name, value, …] or [[name, value], …].
    const flat: unknown[] = given.flat()
    const at = flat.findIndex((name, i) => i % 2 === 0 && isServerTiming(name))
    if (at >= 0) return [...rest, flat.with(at + 1, joined(flat[at + 1] as Value, added))]
  } else if (typeof given === 'object' && given !== null) {
    const name = Object.keys(given).find(isServerTiming)
    if (name) return [...rest, { ...given, [name]: joined((given as Record<string, Value>)[name], added) }]
  }
  res.setHeader('Server-Timing', joined(res.getHeader('Server-Timing'), added))
  return args
}

const isServerTiming = (name: unknown): boolean => String(name).toLowerCase() === 'server-timing'

const joined = (existing: Value | undefined, added: string): string =>
  existing === undefined ? added : [existing, added].flat().join(', ')
