import type { ServerClock, TokenSet } from '../types.ts'

/** A JWT counts in whole seconds: what is known of the server's clock says no more than such an instant does. */
const ROUNDING_MS = 1_000

/** The clock of the device is heard if by it less is left: by a tenth, or by this. */
const DOUBT_MS = 60_000
/** It may be wrong: a token counts for as long as this, or until it expires by the endpoint's word. */
const LEAST_MS = 60_000

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
  /** The same by the clock of the device. */
  wallNow: number
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
 * each access token, and a cache may hand out a token that it got long ago. Nothing but the clock of the device shows
 * that of the first answer, which may be one that an app stored hours ago: its lifetime is not known until the next.
 */
export function readServerClock({ accessLifetimeMs, serverTime }: TokenSet, input: ServerClockInput): Reading {
  const { generation, known, livedMs, latencyMs, now, wallNow } = input
  if (!serverTime) return { lifetimeMs: accessLifetimeMs, isRounded: false, serverClock: known }
  const { expiresAt: exp, now: told = known ? known.time : exp - accessLifetimeMs } = serverTime
  const isNews = !known || told > known.time
  const knownMs = known?.lifetimeMs ?? 0
  // An answer that says when it was made is right, also about a clock that has been set back, as long as no token lives
  // longer than any before by it: a proxy may have another clock.
  const isExact = serverTime.isDated === true && exp - told <= knownMs + ROUNDING_MS
  const own = isNews || isExact || knownMs === 0 ? told : exp - knownMs
  const estimate = known ? known.time + Math.max(0, livedMs) : own
  // An estimate by which tokens expire before they come, and yet each later than the one before, is of a clock that has
  // been set back since.
  const hasExpired = known !== undefined && exp > known.exp && estimate - latencyMs - ROUNDING_MS >= exp
  const isRefuted = isExact || hasExpired
  const atSending = isRefuted ? own : Math.max(own, estimate - latencyMs - ROUNDING_MS)
  const toldMs = Math.max(0, exp - atSending)
  const byDeviceMs = exp - wallNow + latencyMs
  const isUnsure = isNews ? !known : knownMs === 0
  const isDoubted = isUnsure && toldMs - byDeviceMs > Math.min(toldMs / 10, DOUBT_MS)
  const leftMs = isDoubted && byDeviceMs > 0 ? Math.max(byDeviceMs, Math.min(toldMs, LEAST_MS)) : toldMs
  const isLearned = known ? isNews || isUnsure : !isDoubted
  return {
    lifetimeMs: Math.min(accessLifetimeMs, leftMs),
    isRounded: leftMs <= accessLifetimeMs,
    serverClock: {
      generation,
      time: isRefuted ? own : Math.max(own, estimate),
      at: now,
      exp,
      lifetimeMs: Math.max(isLearned ? leftMs : 0, knownMs),
    },
  }
}
