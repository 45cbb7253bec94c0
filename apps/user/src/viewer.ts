import { ServiceError } from '@fastpath/contracts'
import type { Call } from '@fastpath/timing'

/** @throws ServiceError `UNAUTHENTICATED` for a call that nobody signed. */
export const viewerId = ({ viewer }: Call): number => {
  if (!viewer) throw new ServiceError('UNAUTHENTICATED', 'nobody is signed in', { fields: { token: ['is missing'] } })
  return viewer.id
}

/** For a token that is not one of ours, not valid any more, or of an account that has gone. */
export const invalidToken = (cause?: unknown): ServiceError =>
  new ServiceError('UNAUTHENTICATED', 'the token is not valid', { fields: { token: ['is invalid'] }, cause })
