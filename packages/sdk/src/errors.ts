import type { ErrorCode, SignOutReason } from './types.ts'

export interface TokenManagerErrorDetails {
  /** With `signed_out`: what ended the session. */
  reason?: SignOutReason
  /** With `refresh_unavailable`: how long the endpoint asked to be left alone, in milliseconds. */
  retryAfterMs?: number
  cause?: unknown
}

// Registered, so that the guard also knows an error thrown by a second copy of the SDK in the page.
const BRAND = Symbol.for('@token-manager/sdk/error')

/**
 * The one error class of the SDK. `code` says what happened; the message is for developers and never contains a token.
 * @example
 * if (isTokenManagerError(error) && error.code === 'refresh_unavailable') showOffline(error.retryAfterMs)
 */
export class TokenManagerError extends Error {
  override readonly name = 'TokenManagerError'
  readonly code: ErrorCode
  readonly reason?: SignOutReason
  readonly retryAfterMs?: number

  constructor(code: ErrorCode, message: string, details: TokenManagerErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    if (details.reason !== undefined) this.reason = details.reason
    if (details.retryAfterMs !== undefined) this.retryAfterMs = details.retryAfterMs
    Object.defineProperty(this, BRAND, { value: true })
  }
}

/** Whether `value` is a {@link TokenManagerError}, also one from another copy of the SDK. */
export function isTokenManagerError(value: unknown): value is TokenManagerError {
  return typeof value === 'object' && value !== null && BRAND in value
}
