import { ServiceError } from '@fastpath/contracts'
import type { Call } from '@fastpath/timing'

/** Who asks, where that must be somebody. Asked for before anything is looked up: a missing token is told first. */
export const viewerIdOf = (call: Call): number => {
  if (!call.viewer) {
    throw new ServiceError('UNAUTHENTICATED', 'this takes a viewer', { fields: { token: ['is missing'] } })
  }
  return call.viewer.id
}

type Thing = 'article' | 'comment'

export const notFound = (thing: Thing, key: string | number): ServiceError =>
  new ServiceError('NOT_FOUND', `no ${thing} ${key}`, { fields: { [thing]: ['not found'] } })

export const forbidden = (thing: Thing, key: string | number): ServiceError =>
  new ServiceError('FORBIDDEN', `only its author may change ${thing} ${key}`, { fields: { [thing]: ['forbidden'] } })
