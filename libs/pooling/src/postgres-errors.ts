import { type ErrorCode, ServiceError } from '@fastpath/contracts'

/**
 * A driver's error as one of ours where it tells of the database's state; anything else (a broken constraint, a wrong
 * statement) comes back as it is, with PostgreSQL's own `code` for the one who can make sense of it.
 */
export const fromPostgresError = (error: unknown, statementName: string): unknown => {
  // Not `instanceof Error`: what Node's sockets throw may be of another realm.
  const { code: sqlState = '', message } = (error ?? {}) as { code?: string; message?: string }
  const code = codes[sqlState] ?? codes[sqlState.slice(0, 2)]
  return code ? new ServiceError(code, `${statementName}: ${message || sqlState}`, { cause: error }) : error
}

/** By SQLSTATE, by class of SQLSTATE, and by the driver's and Node's own codes. */
const codes: Readonly<Record<string, ErrorCode>> = {
  '57014': 'DEADLINE_EXCEEDED', // query_canceled: the role's statement_timeout
  '55P03': 'OVERLOADED', // lock_not_available: the role's lock_timeout
  '53': 'OVERLOADED', // insufficient resources
  '57': 'UNAVAILABLE', // shutdown, start-up
  '08': 'UNAVAILABLE', // connection exceptions
  '28': 'UNAVAILABLE', // wrong role or password
  '3D': 'UNAVAILABLE', // no such database
  ECONNREFUSED: 'UNAVAILABLE',
  ENOTFOUND: 'UNAVAILABLE',
  EHOSTUNREACH: 'UNAVAILABLE',
  ETIMEDOUT: 'UNAVAILABLE',
  CONNECT_TIMEOUT: 'UNAVAILABLE',
  CONNECTION_ENDED: 'UNAVAILABLE',
  CONNECTION_CLOSED: 'DISCONNECTED',
  CONNECTION_DESTROYED: 'DISCONNECTED',
  ECONNRESET: 'DISCONNECTED',
  EPIPE: 'DISCONNECTED',
}
