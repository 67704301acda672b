import { randomUUID } from 'node:crypto'
import type { FamilyChange, PresentedToken, RevocationCause, SessionFamily, Store } from '../store/store.ts'
import type { Users } from '../users/users.ts'
import type { AccessTokenClaims, AccessTokens } from './access-token.ts'
import { createGrants, type Grant } from './grant.ts'
import type { TokenPolicy } from './policy.ts'
import { createRefreshToken, hashRefreshToken, sealSuccessor, unsealSuccessor } from './refresh-token.ts'
import { judgeRefresh, type RefreshVerdict, type RejectionReason } from './rotation.ts'

export type RefreshResult = { kind: 'granted'; grant: Grant } | { kind: 'rejected'; reason: RejectionReason }

/** What happened to sessions; names no token. */
export type SessionEvent =
  | { type: 'signed-in'; username: string; familyId: string }
  | { type: 'sign-in-failed' }
  | { type: 'refreshed'; familyId: string }
  | { type: 'replayed'; familyId: string }
  | { type: 'refresh-rejected'; reason: RejectionReason; familyId?: string }
  | { type: 'family-revoked'; familyId: string; because: RevocationCause }

export type AccessCheck =
  | { kind: 'valid'; claims: AccessTokenClaims; expiresAt: number }
  /** `ended`: the session is over, whatever the token says of itself. */
  | { kind: 'expired' | 'ended'; claims: AccessTokenClaims; expiresAt: number }
  | { kind: 'invalid' }

export interface Sessions {
  /** @returns nothing if the credentials are wrong */
  signIn(credentials: Credentials): Promise<Grant | undefined>
  refresh(request: RefreshRequest): Promise<RefreshResult>
  /** Revokes the family of the token, spent or not; an unknown token is no error (RFC 7009 section 2.2). */
  signOut(refreshToken: string): Promise<void>
  checkAccess(accessToken: string): Promise<AccessCheck>
  /** Those that live, oldest first. */
  sessionsOf(username: string): Promise<SessionFamily[]>
  /** @returns false if that user has no such live session */
  endSession(username: string, sessionId: string): Promise<boolean>
}

export interface Credentials {
  username: string
  password: string
  accessTokenIn: SessionFamily['accessTokenIn']
  /** Where the request came from. */
  address: string
}

export interface RefreshRequest {
  refreshToken: string
  idempotencyKey: string | undefined
  /** Where the request came from. */
  address: string
}

export interface SessionsOptions {
  store: Store
  users: Users
  accessTokens: AccessTokens
  policy: () => TokenPolicy
  now: () => number
  onEvent: (event: SessionEvent) => void
}

export function createSessions({ store, users, accessTokens, policy, now, onEvent }: SessionsOptions): Sessions {
  const grant = createGrants({ accessTokens, policy, now })

  function reportRejection(verdict: RefreshVerdict & { kind: 'rejected' }): void {
    const { family, reason } = verdict
    onEvent({ type: 'refresh-rejected', reason, ...(family !== undefined && { familyId: family.id }) })
    if (family === undefined || verdict.change.kind !== 'revoke') return
    onEvent({ type: 'family-revoked', familyId: family.id, because: verdict.change.because })
  }

  return {
    async signIn({ username, password, accessTokenIn }) {
      const user = await users.verify(username, password)
      if (user === undefined) {
        onEvent({ type: 'sign-in-failed' })
        return undefined
      }
      const { refreshLifetimeMs, sessionLifetimeMs, maxSessions } = policy()
      const at = now()
      const family: SessionFamily = {
        id: randomUUID(),
        username,
        createdAt: at,
        expiresAt: at + sessionLifetimeMs,
        accessTokenIn,
        lastUsedAt: at,
      }
      const token = createRefreshToken()
      const expiresAt = Math.min(at + refreshLifetimeMs, family.expiresAt)
      const first = { hash: hashRefreshToken(token), familyId: family.id, expiresAt }
      const ended = await store.addFamily(family, first, { maxSessions, at })
      onEvent({ type: 'signed-in', username, familyId: family.id })
      for (const { id } of ended) onEvent({ type: 'family-revoked', familyId: id, because: 'session-limit' })
      return grant(family, user, { token, expiresAt })
    },

    async refresh({ refreshToken, idempotencyKey }) {
      const successor = createRefreshToken()
      const context = {
        ...policy(),
        now: now(),
        idempotencyKey,
        successor: { hash: hashRefreshToken(successor), sealed: sealSuccessor(refreshToken, successor) },
        isUser: (username: string) => users.find(username) !== undefined,
      }
      const verdict = await store.exchange(hashRefreshToken(refreshToken), (presented) =>
        judgeRefresh(presented, context),
      )
      if (verdict.kind === 'rejected') {
        reportRejection(verdict)
        return { kind: 'rejected', reason: verdict.reason }
      }
      const { family } = verdict
      const user = users.find(family.username)
      if (user === undefined) throw new Error('a refresh was granted to somebody who is no user')
      onEvent({ type: verdict.kind === 'replayed' ? 'replayed' : 'refreshed', familyId: family.id })
      const refresh = tokenOf(verdict, { presented: refreshToken, successor })
      return { kind: 'granted', grant: await grant(family, user, refresh) }
    },

    async signOut(refreshToken) {
      const at = now()
      const { family, change } = await store.exchange(hashRefreshToken(refreshToken), (presented) =>
        judgeSignOut(presented, at),
      )
      if (family === undefined || change.kind === 'none') return
      onEvent({ type: 'family-revoked', familyId: family.id, because: 'sign-out' })
    },

    async checkAccess(accessToken) {
      const checked = await accessTokens.check(accessToken)
      if (checked.kind === 'invalid') return checked
      const family = await store.findFamily(checked.claims.familyId)
      const ended = family === undefined || family.revokedAt !== undefined || family.expiresAt <= now()
      return ended ? { ...checked, kind: 'ended' } : checked
    },

    sessionsOf: (username) => store.liveFamiliesOf(username, now()),

    async endSession(username, sessionId) {
      const family = await store.findFamily(sessionId)
      if (family === undefined || family.username !== username || family.expiresAt <= now()) return false
      const ended = await store.revokeFamily(sessionId, { at: now(), because: 'sign-out' })
      if (ended) onEvent({ type: 'family-revoked', familyId: sessionId, because: 'sign-out' })
      return ended
    },
  }
}

function tokenOf(
  verdict: Exclude<RefreshVerdict, { kind: 'rejected' }>,
  { presented, successor }: { presented: string; successor: string },
): { token: string; expiresAt: number } {
  if (verdict.kind === 'kept') return { token: presented, expiresAt: verdict.refreshExpiresAt }
  if (verdict.kind === 'rotated') return { token: successor, expiresAt: verdict.refreshExpiresAt }
  const { sealedSuccessor, expiresAt } = verdict.offer
  return { token: unsealSuccessor(presented, sealedSuccessor), expiresAt }
}

function judgeSignOut(
  presented: PresentedToken | undefined,
  at: number,
): { family: SessionFamily | undefined; change: FamilyChange } {
  const family = presented?.family
  const live = family !== undefined && family.revokedAt === undefined
  return { family, change: live ? { kind: 'revoke', at, because: 'sign-out' } : { kind: 'none' } }
}
