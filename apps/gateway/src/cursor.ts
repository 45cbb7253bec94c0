import type { ArticlePosition } from '@fastpath/contracts'
import { ServiceError } from '@fastpath/contracts'

/** A position in a list as clients carry it: short, opaque, safe in a URL. */
export const formatCursor = ({ createdAt, id }: ArticlePosition): string =>
  `${createdAt.toString(36)}-${id.toString(36)}`

/** @throws ServiceError `INVALID` for what was never given out. */
export const parseCursor = (cursor: string): ArticlePosition => {
  const [createdAt, id] = cursor.split('-').map((part) => Number.parseInt(part, 36)) as [number, number]
  const valid = createdAt <= latestTime && id <= 2_147_483_647 && id > 0
  if (!valid) throw new ServiceError('INVALID', `not a cursor: ${cursor}`, { fields: { cursor: ['is invalid'] } })
  return { createdAt, id }
}

/** Of ECMAScript and, near enough, of PostgreSQL. */
const latestTime = 8.64e15
