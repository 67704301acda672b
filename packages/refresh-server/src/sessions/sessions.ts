import { randomUUID } from 'node:crypto'
import {
  type AuditEntry,
  entriesOfRefresh,
  fingerprint,
  sessionEnd,
  sessionFields,
  signedIn,
  signInRefused,
  tokenRefused,
} from '../audit/entry.ts'
import type { Store } from '../store/store.ts'
import type { AccessTokenClaims, AccessTokens } from '../tokens/access-token.ts'
import type { FamilyChange, PresentedToken, ReplayOffer, SessionFamily } from '../tokens/family.ts'
import type { TokenPolicy } from '../tokens/policy.ts'
import { createRefreshToken, hashRefreshToken, sealSuccessor, unsealSuccessor } from '../tokens/refresh-token.ts'
import { decideRefresh, type RejectionReason } from '../tokens/rotation.ts'
import type { Users } from '../users/users.ts'
import type { AuditRecorder } from './audit-recorder.ts'
import { createGrants, type Grant } from './grant.ts'

/** The result of a refresh. */
export type RefreshResult = { kind: 'granted'; grant: Grant } | { kind: 'rejected'; reason: RejectionReason }

export type AccessCheck =
  | { kind: 'valid'; claims: AccessTokenClaims; expiresAt: number }
  /** `ended`: the session has ended, although the token itself is still valid. */
  | { kind: 'expired' | 'ended'; claims: AccessTokenClaims; expiresAt: number }
  | { kind: 'invalid' }

export interface Sessions {
  /** @returns undefined if the credentials are wrong */
  signIn(credentials: Credentials): Promise<Grant | undefined>
  refresh(request: RefreshRequest): Promise<RefreshResult>
  /** Revokes the session of a refresh token, spent or not. An unknown token is no error (RFC 7009 section 2.2). */
  signOut(refreshToken: string, address: string): Promise<void>
  /** Revokes the session of a refresh token or of a valid access token (RFC 7009 section 2.1). */
  revoke(token: string, address: string): Promise<void>
  checkAccess(request: AccessRequest): Promise<AccessCheck>
  /** The live sessions of a user, oldest first. */
  sessionsOf(username: string): Promise<SessionFamily[]>
  /** @returns false if the user has no such live session */
  endSession(username: string, sessionId: string, address: string): Promise<boolean>
}

export interface Credentials {
  username: string
  password: string
  accessTokenIn: SessionFamily['accessTokenIn']
  /** The address that the request came from. */
  address: string
}

export interface RefreshRequest {
  refreshToken: string
  idempotencyKey: string | undefined
  /** The address that the request came from. */
  address: string
}

export interface AccessRequest {
  accessToken: string
  /** The address that the request came from. */
  address: string
  /** `validate` checks the token only. `access` uses it for the API; the audit trail records only refusals of that. */
  operation: 'validate' | 'access'
}

export interface SessionsOptions {
  store: Store
  users: Users
  accessTokens: AccessTokens
  policy: () => TokenPolicy
  now: () => number
  audit: AuditRecorder
}

export function createSessions({ store, users, accessTokens, policy, now, audit }: SessionsOptions): Sessions {
  const grant = createGrants({ accessTokens, policy, now })

  /** The successor of a spent token; the last one, where repetitions of the same request have spent successors as well. */
  async function lastSuccessor(
    presented: string,
    { sealedSuccessor, expiresAt, idempotencyKey }: ReplayOffer,
  ): Promise<{ token: string; expiresAt: number }> {
    const token = unsealSuccessor(presented, sealedSuccessor)
    const next = (await store.findToken(hashRefreshToken(token)))?.token.replay
    return next?.idempotencyKey === idempotencyKey ? lastSuccessor(token, next) : { token, expiresAt }
  }

  async function signOut(refreshToken: string, address: string): Promise<void> {
    const at = now()
    const hash = hashRefreshToken(refreshToken)
    const { family, change, entries } = await store.exchange(hash, (presented) =>
      decideSignOut(presented, { at, address }),
    )
    if (family !== undefined && change.kind !== 'none') {
      audit.committed(entries)
      return
    }
    const detail = family === undefined ? 'unknown' : 'ended'
    await audit.record([tokenRefused('session-end', { at, address, detail, hash, family })])
  }

  async function endSession(username: string, sessionId: string, address: string): Promise<boolean> {
    const at = now()
    const family = await store.findFamily(sessionId)
    if (family === undefined || family.username !== username || family.expiresAt <= at) return false
    const because = 'sign-out'
    const entries = [sessionEnd(family, { at, address, because })]
    const ended = await store.revokeFamily(sessionId, { at, because, entries })
    if (ended) audit.committed(entries)
    return ended
  }

  return {
    async signIn({ username, password, accessTokenIn, address }) {
      const user = await users.verify(username, password)
      if (user === undefined) {
        await audit.record([signInRefused(users.find(username), { at: now(), address, detail: 'invalid_credentials' })])
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
      const entriesOf = (ended: readonly SessionFamily[]): AuditEntry[] => [
        signedIn(family, { at, address, token }),
        ...ended.map((other) => sessionEnd(other, { at, address, because: 'session-limit' })),
      ]
      audit.committed(entriesOf(await store.addFamily(family, first, { maxSessions, at, entriesOf })))
      return grant(family, user, { token, expiresAt })
    },

    async refresh({ refreshToken, idempotencyKey, address }) {
      const successor = createRefreshToken()
      const context = {
        ...policy(),
        now: now(),
        idempotencyKey,
        successor: { hash: hashRefreshToken(successor), sealed: sealSuccessor(refreshToken, successor) },
        isUser: (username: string) => users.find(username) !== undefined,
      }
      const hash = hashRefreshToken(refreshToken)
      const facts = { at: context.now, address, presented: hash, successor: context.successor.hash }
      const { verdict, change, entries } = await store.exchange(hash, (presented) => {
        const judged = decideRefresh(presented, context)
        return { verdict: judged, change: judged.change, entries: entriesOfRefresh(judged, facts) }
      })
      if (change.kind === 'none') await audit.record(entries)
      else audit.committed(entries)
      if (verdict.kind === 'rejected') return { kind: 'rejected', reason: verdict.reason }
      const { family } = verdict
      const user = users.find(family.username)
      if (user === undefined) throw new Error('a refresh was granted to an unknown user')
      const refresh =
        verdict.kind === 'replayed'
          ? await lastSuccessor(refreshToken, verdict.offer)
          : { token: verdict.kind === 'kept' ? refreshToken : successor, expiresAt: verdict.refreshExpiresAt }
      return { kind: 'granted', grant: await grant(family, user, refresh) }
    },

    signOut,

    async revoke(token, address) {
      const checked = await accessTokens.check(token)
      if (checked.kind === 'valid') {
        const { username, familyId } = checked.claims
        if (await endSession(username, familyId, address)) return
      }
      await signOut(token, address)
    },

    async checkAccess({ accessToken, address, operation }) {
      const at = now()
      const checked = await accessTokens.check(accessToken)
      const request = { at, operation, address, presented: fingerprint(accessToken) }
      if (checked.kind === 'invalid') {
        await audit.record([{ ...request, outcome: 'refused', detail: checked.kind }])
        return checked
      }
      const { familyId: sessionId } = checked.claims
      const family = await store.findFamily(sessionId)
      const ended = family === undefined || family.revokedAt !== undefined || family.expiresAt <= at
      const result = ended ? { ...checked, kind: 'ended' as const } : checked
      const outcome = result.kind === 'valid' ? 'ok' : 'refused'
      if (operation === 'validate' || outcome === 'refused') {
        // The user of a removed session may have been erased, so the entry does not name them.
        const session = family === undefined ? { sessionId } : sessionFields(family)
        await audit.record([{ ...request, outcome, detail: result.kind, ...session }])
      }
      return result
    },

    sessionsOf: (username) => store.liveFamiliesOf(username, now()),

    endSession,
  }
}

function decideSignOut(
  presented: PresentedToken | undefined,
  { at, address }: { at: number; address: string },
): { family: SessionFamily | undefined; change: FamilyChange; entries: AuditEntry[] } {
  const family = presented?.family
  const isLive = family !== undefined && family.revokedAt === undefined && at < family.expiresAt
  if (presented === undefined || !isLive) {
    return { family, change: { kind: 'none' }, entries: [] }
  }
  const because = 'sign-out'
  const entries = [sessionEnd(family, { at, address, because, presented: presented.token.hash })]
  return { family, change: { kind: 'revoke', at, because }, entries }
}
