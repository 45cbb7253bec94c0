/**
 * Source text of one direction of one layout, as it grows: functions that call each other and the runtime, and
 * constants. It is compiled once, into straight code without closures or look-ups by field.
 */
export interface Program {
  readonly direction: 'write' | 'read'
  /** Adds a function and returns its name. */
  define(parameters: string, ...lines: readonly string[]): string
  /** Adds a constant that source text can't hold well, and returns its name. */
  constant(value: unknown): string
  /** Compiles `value => result`, where `result` is an expression of `value`. `runtime` is what the source may call. */
  compile<F>(result: string, runtime: Readonly<Record<string, unknown>>): F
}

export const createProgram = (direction: Program['direction']): Program => {
  const functions: string[] = []
  const constants: unknown[] = []
  return {
    direction,
    define(parameters, ...lines) {
      const name = `f${functions.length}`
      functions.push(`function ${name}(${parameters}) {\n${lines.join('\n')}\n}`)
      return name
    },
    constant(value) {
      constants.push(value)
      return `k${constants.length - 1}`
    },
    compile(result, runtime) {
      const names = [...Object.keys(runtime), ...constants.map((_, index) => `k${index}`)]
      const source = `'use strict'\n${functions.join('\n')}\nreturn (value) => ${result}`
      return new Function(...names, source)(...Object.values(runtime), ...constants)
    },
  }
}

/** A string as source text: the only way in for names of fields and paths. */
export const literal = (text: string): string => JSON.stringify(text)
