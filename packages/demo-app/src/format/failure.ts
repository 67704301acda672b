import { isTokenManagerError } from '@token-manager/sdk'
import { isHTTPError, isTimeoutError } from 'ky'

const CODES: Readonly<Partial<Record<string, string>>> = {
  signed_out: 'You are signed out.',
  identity_changed: 'Somebody else has signed in.',
  refresh_unavailable: 'The session could not be renewed in time.',
  queue_full: 'Too many requests are waiting.',
  invalid_response: 'The server gave an answer that makes no sense.',
}

/** Why a call failed, for those who use the app. */
export function describeFailure(error: unknown): string {
  if (isTokenManagerError(error)) return CODES[error.code] ?? 'The session is not ready.'
  if (isHTTPError(error)) return `The server answered with HTTP ${error.response.status}.`
  const name = error instanceof Error ? error.name : ''
  if (isTimeoutError(error) || name === 'TimeoutError') return 'The server took too long to answer.'
  if (name === 'SyntaxError') return 'The server gave an answer that makes no sense.'
  return 'The server cannot be reached.'
}

/** The same in a word, for testers: `refresh_unavailable`, `http_503`, `timeout`, `network`. */
export function failureWord(error: unknown): string {
  if (isTokenManagerError(error)) return error.code
  if (isHTTPError(error)) return `http_${error.response.status}`
  const name = error instanceof Error ? error.name : ''
  if (isTimeoutError(error) || name === 'TimeoutError') return 'timeout'
  return name === 'SyntaxError' ? 'not_json' : 'network'
}
