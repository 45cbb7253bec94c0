/**
 * Why messages of `next` and of `locked` (descriptions of two versions of a layout) could be misread by each other:
 * one sentence a problem, `[]` when `next` does no more than append optional fields to records.
 */
export const layoutChanges = (locked: readonly string[], next: readonly string[]): string[] =>
  changesIn(treeOf(locked), treeOf(next), '')

interface Line {
  readonly text: string
  readonly fields: Line[]
}

const changesIn = (locked: readonly Line[], next: readonly Line[], where: string): string[] => {
  const kept = locked.flatMap((line, index) => {
    const now = next[index]
    if (now === undefined) return [`'${where}${line.text}' is gone`]
    if (now.text !== line.text) return [`'${where}${line.text}' has become '${where}${now.text}'`]
    return changesIn(line.fields, now.fields, `${where}${nameIn(line.text)}`)
  })
  const demanded = next.slice(locked.length).filter((line) => !optional.test(line.text))
  return [...kept, ...demanded.map((line) => `'${where}${line.text}' is new and must be optional`)]
}

const optional = /^(?:[\w$]+|"(?:[^"\\]|\\.)*")\?: /

/** `author.` of `author: record`; nothing of the first line, which is the type of the whole. */
const nameIn = (line: string) =>
  (/^(?:[\w$]+|"(?:[^"\\]|\\.)*")\??(?=: )/.exec(line) ?? []).map((name) => `${name}.`).join('')

const treeOf = (lines: readonly string[]): Line[] => {
  const root: Line = { text: '', fields: [] }
  const open = [root]
  for (const line of lines) {
    const text = line.trimStart()
    const node: Line = { text, fields: [] }
    open.length = (line.length - text.length) / 2 + 1
    open.at(-1)?.fields.push(node)
    open.push(node)
  }
  return root.fields
}
