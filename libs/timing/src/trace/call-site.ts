/** The folder of Fastpath's libraries, installed or in this repository: their frames are nobody's mistake. */
const home = filePath(new URL('../../../', import.meta.url).href)
const libraries = /^(contracts|timing|messaging|caching|pooling|runtime)\/(src|dist)\/(?!.*\.test\.)/
const maxFrames = 40

/**
 * File and line of the code that asked: the first frame outside of Fastpath's libraries, of installed packages and of
 * Node itself. Below the working directory the path is relative to it. Some hundred microseconds (lab `detector`), with
 * source maps more: for what has gone wrong already.
 */
export const callSite = (): string | undefined => {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = maxFrames
  const { stack } = new Error()
  Error.stackTraceLimit = limit
  return typeof stack === 'string' ? siteInStack(stack) : undefined
}

/** Exported for its test. */
export const siteInStack = (stack: string): string | undefined => {
  for (const line of stack.split('\n').slice(1)) {
    const place = line.endsWith(')') ? line.slice(line.lastIndexOf(' (') + 2, -1) : line.replace(/^\s*at (async )?/, '')
    const [, url, lineNumber] = /^(.+):(\d+):\d+$/.exec(place) ?? []
    if (!url || url.startsWith('node:') || url.includes('/node_modules/')) continue
    const path = filePath(url)
    if (path.startsWith(home) && libraries.test(path.slice(home.length))) continue
    return `${belowWorkingDirectory(path)}:${lineNumber}`
  }
  return undefined
}

function filePath(url: string): string {
  return url.startsWith('file://') ? decodeURI(url.slice('file://'.length)) : url
}

const belowWorkingDirectory = (path: string): string => {
  const here = `${process.cwd()}/`
  return path.startsWith(here) ? path.slice(here.length) : path
}
