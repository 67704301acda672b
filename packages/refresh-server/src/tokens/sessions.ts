import { randomUUID } from 'node:crypto'
import type { FamilyChange, PresentedToken, SessionFamily, Store } from '../store/store.ts'
import type { User, Users } from '../users/users.ts'
import type { AccessTokenClaims, AccessTokens } from './access-token.ts'
import { createRefreshToken, hashRefreshToken, sealSuccessor, unsealSuccessor } from './refresh-token.ts'
import { judgeRefresh, type RefreshVerdict, type RejectionReason, type ReuseMode } from './rotation.ts'

/** How long tokens and sessions last and what reuse means, in milliseconds. Read anew for each request. */
export interface TokenPolicy {
  reuse: ReuseMode
  graceMs: number
  accessLifetimeMs: number
  refreshLifetimeMs: number
  sessionLifetimeMs: number
}

/** What a browser gets from a sign-in or a refresh. */
export interface Grant {
  user: User
  accessToken: string
  accessLifetimeMs: number
  accessTokenIn: SessionFamily['accessTokenIn']
  refreshToken: string
  refreshLifetimeMs: number
}

export type RefreshResult = { kind: 'granted'; grant: Grant } | { kind: 'rejected'; reason: RejectionReason }

/** What happened to sessions; names no token. */
export type SessionEvent =
  | { type: 'signed-in'; username: string; familyId: string }
  | { type: 'sign-in-failed' }
  | { type: 'refreshed'; familyId: string }
  | { type: 'replayed'; familyId: string }
  | { type: 'refresh-rejected'; reason: RejectionReason; familyId?: string }
  | { type: 'family-revoked'; familyId: string; because: 'reuse' | 'sign-out' | 'user-gone' }

export type AccessCheck = { kind: 'valid'; claims: AccessTokenClaims } | { kind: 'refused'; problem: string }

export interface Sessions {
  /** @returns nothing if the credentials are wrong */
  signIn(credentials: Credentials): Promise<Grant | undefined>
  refresh(refreshToken: string, idempotencyKey?: string): Promise<RefreshResult>
  /** Revokes the family of the token, spent or not; an unknown token is no error (RFC 7009 section 2.2). */
  signOut(refreshToken: string): Promise<void>
  checkAccess(accessToken: string): Promise<AccessCheck>
}

export interface Credentials {
  username: string
  password: string
  accessTokenIn: SessionFamily['accessTokenIn']
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
  async function grant(
    family: SessionFamily,
    user: User,
    refresh: { token: string; expiresAt: number },
  ): Promise<Grant> {
    const at = now()
    const accessLifetimeMs = Math.min(policy().accessLifetimeMs, family.expiresAt - at)
    return {
      user,
      accessToken: await accessTokens.issue({ ...user, familyId: family.id }, accessLifetimeMs),
      accessLifetimeMs,
      accessTokenIn: family.accessTokenIn,
      refreshToken: refresh.token,
      refreshLifetimeMs: refresh.expiresAt - at,
    }
  }

  function reportRejection(verdict: RefreshVerdict & { kind: 'rejected' }): void {
    const { family, reason } = verdict
    onEvent({ type: 'refresh-rejected', reason, ...(family !== undefined && { familyId: family.id }) })
    if (family === undefined || verdict.change.kind !== 'revoke') return
    onEvent({ type: 'family-revoked', familyId: family.id, because: reason === 'reused' ? 'reuse' : 'user-gone' })
  }

  return {
    async signIn({ username, password, accessTokenIn }) {
      const user = await users.verify(username, password)
      if (user === undefined) {
        onEvent({ type: 'sign-in-failed' })
        return undefined
      }
      const { refreshLifetimeMs, sessionLifetimeMs } = policy()
      const createdAt = now()
      const family = { id: randomUUID(), username, createdAt, expiresAt: createdAt + sessionLifetimeMs, accessTokenIn }
      const token = createRefreshToken()
      const expiresAt = Math.min(createdAt + refreshLifetimeMs, family.expiresAt)
      await store.addFamily(family, { hash: hashRefreshToken(token), familyId: family.id, expiresAt })
      onEvent({ type: 'signed-in', username, familyId: family.id })
      return grant(family, user, { token, expiresAt })
    },

    async refresh(refreshToken, idempotencyKey) {
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
      onEvent({ type: verdict.kind === 'rotated' ? 'refreshed' : 'replayed', familyId: family.id })
      const token =
        verdict.kind === 'rotated' ? successor : unsealSuccessor(refreshToken, verdict.offer.sealedSuccessor)
      const expiresAt = verdict.kind === 'rotated' ? verdict.refreshExpiresAt : verdict.offer.expiresAt
      return { kind: 'granted', grant: await grant(family, user, { token, expiresAt }) }
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
      if (checked.kind === 'expired') return { kind: 'refused', problem: 'the access token has expired' }
      if (checked.kind === 'invalid') return { kind: 'refused', problem: 'the access token is not valid' }
      const family = await store.findFamily(checked.claims.familyId)
      const ended = family === undefined || family.revokedAt !== undefined || family.expiresAt <= now()
      return ended ? { kind: 'refused', problem: 'the session has ended' } : checked
    },
  }
}

function judgeSignOut(
  presented: PresentedToken | undefined,
  at: number,
): { family: SessionFamily | undefined; change: FamilyChange } {
  const family = presented?.family
  const live = family !== undefined && family.revokedAt === undefined
  return { family, change: live ? { kind: 'revoke', at } : { kind: 'none' } }
}
