/**
 * Whether a client has this very answer already (RFC 9110 §13.1.2). Compared weakly: proxies that compress mark the tags
 * that pass through them as weak.
 */
export const hasAlready = (ifNoneMatch: string | undefined, etag: string): boolean => {
  if (ifNoneMatch === undefined) return false
  if (ifNoneMatch === etag || ifNoneMatch === '*') return true
  // Our own tags hold neither commas nor spaces, so what a foreign one holds can't make up one of them.
  return ifNoneMatch.split(',').some((one) => {
    const tag = one.trim()
    return (tag.startsWith('W/') ? tag.slice(2) : tag) === etag
  })
}
