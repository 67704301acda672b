import type { ServerClock, TokenSet } from '../types.ts'

/** A JWT counts in whole seconds: what is known of the server's clock says no more than such an instant does. */
const ROUNDING_MS = 1_000

export interface ServerClockInput {
  generation: number
  /** What was known before this answer. */
  known?: ServerClock | undefined
  /** How much time has surely gone by since then, in milliseconds. */
  livedMs: number
  /** How long the answer took, in milliseconds. */
  latencyMs: number
  /** When it came, in page time. */
  now: number
}

export interface Reading {
  /** How long the access token lives from the moment on in which the request was sent; 0 if it has expired. */
  lifetimeMs: number
  /** It was told by the token, which counts in whole seconds. */
  isRounded: boolean
  serverClock?: ServerClock | undefined
}

/**
 * What is left of a token is its expiry minus the server's time, of which there are three lower bounds: what the answer
 * tells; what the server's clock showed before, and the time that has gone by since then; and, where the answer tells
 * nothing newer than that, the lifetime that was known before. Django SimpleJWT copies the refresh token's `iat` into
 * each access token, and a cache may hand out a token that it got long ago.
 */
export function readServerClock({ accessLifetimeMs, serverTime }: TokenSet, input: ServerClockInput): Reading {
  const { generation, known, livedMs, latencyMs, now } = input
  if (!serverTime) return { lifetimeMs: accessLifetimeMs, isRounded: false, serverClock: known }
  const { expiresAt: exp, now: told = known ? known.time : exp - accessLifetimeMs } = serverTime
  const isNews = !known || told > known.time
  const own = isNews ? told : exp - known.lifetimeMs
  const estimate = known ? known.time + Math.max(0, livedMs) : own
  // An estimate by which tokens expire before they come, and yet each later than the one before, is of a clock that has
  // been set back since.
  const isRefuted = known !== undefined && exp > known.exp && estimate - latencyMs - ROUNDING_MS >= exp
  const atSending = isRefuted ? own : Math.max(own, estimate - latencyMs - ROUNDING_MS)
  const leftMs = Math.max(0, exp - atSending)
  return {
    lifetimeMs: Math.min(accessLifetimeMs, leftMs),
    isRounded: leftMs <= accessLifetimeMs,
    serverClock: {
      generation,
      time: isRefuted ? own : Math.max(own, estimate),
      at: now,
      exp,
      lifetimeMs: Math.max(isNews ? leftMs : 0, known?.lifetimeMs ?? 0),
    },
  }
}
