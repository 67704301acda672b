import type { FamilyChange, PresentedToken, ReplayOffer, RevocationCause, SessionFamily } from './family.ts'

export const REUSE_MODES = ['strict', 'grace', 'replay'] as const

/**
 * What happens when a spent refresh token is presented again.
 * - `strict` revokes the session.
 * - `grace` gives another successor within `graceMs` after the first use, and revokes the session later.
 * - `replay` gives the same successor again to a request with the same `Idempotency-Key`, until that successor is used.
 *   If it was used with that key as well, its own successor is given. In all other cases it revokes the session.
 * @see https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2
 */
export type ReuseMode = (typeof REUSE_MODES)[number]

const REJECTION_REASONS = ['reused', 'expired', 'revoked', 'session_limit', 'unknown'] as const

/** Why a refresh was rejected; the member `reason` of the answer. */
export type RejectionReason = (typeof REJECTION_REASONS)[number]

export function isRejectionReason(value: string): value is RejectionReason {
  return REJECTION_REASONS.some((reason) => reason === value)
}

export interface RefreshContext {
  now: number
  /** Whether each use gives a new refresh token. Otherwise the same token stays valid until it expires. */
  rotate: boolean
  reuse: ReuseMode
  graceMs: number
  refreshLifetimeMs: number
  idempotencyKey: string | undefined
  /** The successor that a rotation would give. */
  successor: { hash: string; sealed: Uint8Array }
  /** Whether a user of that name still exists. */
  isUser: (username: string) => boolean
}

export type RefreshVerdict =
  | { kind: 'rotated'; family: SessionFamily; refreshExpiresAt: number; change: FamilyChange }
  | { kind: 'kept'; family: SessionFamily; refreshExpiresAt: number; change: FamilyChange }
  | { kind: 'replayed'; family: SessionFamily; offer: ReplayOffer; change: FamilyChange }
  | { kind: 'rejected'; family?: SessionFamily; reason: RejectionReason; change: FamilyChange }

/** Decides what happens to a presented refresh token. Pure: the store applies the change. */
export function decideRefresh(presented: PresentedToken | undefined, context: RefreshContext): RefreshVerdict {
  if (presented === undefined) return { kind: 'rejected', reason: 'unknown', change: { kind: 'none' } }
  const { token, family } = presented
  const { now } = context
  if (family.revokedAt !== undefined) {
    return reject(family, family.revokedBecause === 'session-limit' ? 'session_limit' : 'revoked')
  }
  if (family.expiresAt <= now) return reject(family, 'expired')
  if (!context.isUser(family.username)) return reject(family, 'revoked', { at: now, because: 'user-gone' })

  // A repeated request gets the answer of the first one, even if its token has expired since.
  const { usedAt, replay } = token
  if (usedAt !== undefined) {
    if (context.reuse === 'grace' && now < usedAt + context.graceMs) return rotate(presented, context)
    if (context.reuse === 'replay' && replay !== undefined && replay.idempotencyKey === context.idempotencyKey) {
      if (replay.expiresAt <= now) return reject(family, 'expired')
      return { kind: 'replayed', family, offer: replay, change: { kind: 'none' } }
    }
  }

  // This comes before the reuse check: a page that slept longer than its token lived must not end the session of others.
  if (token.expiresAt <= now) return reject(family, 'expired')
  if (usedAt !== undefined) return reject(family, 'reused', { at: now, because: 'reuse' })
  return context.rotate ? rotate(presented, context) : keep(presented, now)
}

function keep({ token, family }: PresentedToken, at: number): RefreshVerdict {
  return { kind: 'kept', family, refreshExpiresAt: token.expiresAt, change: { kind: 'keep', at } }
}

function rotate({ token, family }: PresentedToken, context: RefreshContext): RefreshVerdict {
  const expiresAt = Math.min(context.now + context.refreshLifetimeMs, family.expiresAt)
  const { idempotencyKey, successor } = context
  const offers = context.reuse === 'replay' && idempotencyKey !== undefined
  return {
    kind: 'rotated',
    family,
    refreshExpiresAt: expiresAt,
    change: {
      kind: 'rotate',
      at: context.now,
      usedAt: token.usedAt ?? context.now,
      successor: { hash: successor.hash, familyId: family.id, predecessorHash: token.hash, expiresAt },
      ...(offers && { replay: { idempotencyKey, sealedSuccessor: successor.sealed, expiresAt } }),
    },
  }
}

interface Revocation {
  at: number
  because: RevocationCause
}

function reject(family: SessionFamily, reason: RejectionReason, revocation?: Revocation): RefreshVerdict {
  const change: FamilyChange = revocation === undefined ? { kind: 'none' } : { kind: 'revoke', ...revocation }
  return { kind: 'rejected', family, reason, change }
}
