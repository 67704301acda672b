import type { SessionPolicy } from './policy.ts'

/** A call asks by default for a token that lives at least this long, or half the lead if that is less. */
const USUAL_VALIDITY_MS = 5_000

/**
 * How long before its expiry a token is refreshed. A slow endpoint is given twice the time that it took last, so that
 * on a poor connection requests seldom wait; never more than half the lifetime, so that a refresh always gains time.
 */
export function leadMs(
  lifetimeMs: number,
  { ratio, minMs, maxMs }: SessionPolicy['refreshLead'],
  latencyMs = 0,
): number {
  const wanted = Math.max(Math.min(lifetimeMs * ratio, maxMs), minMs, latencyMs * 2)
  return Math.min(wanted, lifetimeMs / 2)
}

export interface RefreshTimeInput {
  issuedAt: number
  lifetimeMs: number
  policy: Pick<SessionPolicy, 'refreshLead' | 'jitterRatio'>
  /** How long the endpoint took to grant this token, in milliseconds. */
  latencyMs: number
  /** The first refresh after a sign-in. */
  first: boolean
  /** In [0, 1). */
  random: number
}

/**
 * When to refresh. Browsers that signed in together would refresh together for the rest of the shift; so the first
 * refresh is drawn over the whole interval, and later ones come up to `jitterRatio` early, though never in the first half
 * of the lifetime.
 */
export function refreshTime({ issuedAt, lifetimeMs, policy, latencyMs, first, random }: RefreshTimeInput): number {
  const intervalMs = lifetimeMs - leadMs(lifetimeMs, policy.refreshLead, latencyMs)
  const early = policy.jitterRatio === 0 ? 0 : first ? random : random * policy.jitterRatio
  const spread = intervalMs * (1 - early)
  return issuedAt + (first ? spread : Math.max(spread, lifetimeMs / 2))
}

/** The validity that a call gets if it asks for none, and at most half the lifetime if it asks for more than there is. */
export function validityMs(lifetimeMs: number, lead: SessionPolicy['refreshLead'], wantedMs?: number): number {
  const isSound = wantedMs !== undefined && wantedMs >= 0
  return Math.min(isSound ? wantedMs : Math.min(USUAL_VALIDITY_MS, leadMs(lifetimeMs, lead) / 2), lifetimeMs / 2)
}
