import type { Timeline } from './timeline.ts'

/** `lenient`: a token that was used is refused, and its successor lives on. */
export type ReuseMode = 'strict' | 'lenient' | 'grace' | 'replay'

interface Family {
  id: number
  signedInAt: number
  user: string
  revoked: boolean
  /** Number of the newest refresh token. */
  newest: number
  /** When the one before it was spent. */
  rotatedAt: number
  /** The idempotency keys that the tokens were spent with, by their numbers. */
  spentWith: Map<number, string>
}

export interface Tokens {
  /** By the server's clock: when it expires; and the `iat` in it, which is that of the sign-in. */
  expiresAt: number
  issuedAt: number
  refreshToken: string
  accessToken: string
  lifetimeMs: number
  user: string
  sessionId: string
}

export type RefreshOutcome = { kind: 'tokens'; tokens: Tokens } | { kind: 'rejected'; error: string }

export interface ServerOptions {
  mode: ReuseMode
  accessLifetimeMs: number
  graceMs: number
}

/** A rotating endpoint in virtual time, with the same rules as the real one; it remembers all that it saw. */
export interface SimServer {
  readonly options: ServerOptions
  login(user: string): Tokens
  refresh(token: string, key: string): RefreshOutcome
  /**
   * Ends the session of the token; or the one that the request names, if a token that came with it is of that session or of its
   * user. `told`: the token is of that session. `named`: it is not. `other`: nothing shows that the request may.
   */
  revoke(
    token: string | undefined,
    named?: { sessionId?: string | undefined; accessToken?: string | undefined },
  ): 'told' | 'named' | 'other'
  familyOf(token: string | undefined): number | undefined
  userOf(family: number): string | undefined
  /** What the protected API says to an access token. */
  access(token: string | undefined): { status: 200 | 401; user?: string; family?: number }
  isAlive(family: number): boolean
  signedInAt(family: number): number
  /** Families are numbered from 1. */
  readonly newestFamily: number
  /** As when the server was restarted with another signing key. */
  forgetAccessTokens(): void
  readonly seen: {
    refreshes: RefreshSeen[]
    /** Refreshes with no token that was ever granted. */
    unknown: number
    reuses: number
    unauthorized: number
    revocations: number
    /** Families that a revocation has ended, each time. */
    revoked: number[]
  }
}

export interface RefreshSeen {
  at: number
  family: number
  number: number
  key: string
  verdict: 'rotated' | 'replayed' | 'graced' | 'rejected'
  /** What became of the answer. */
  answer: 'under-way' | 'delivered' | 'lost'
  /** Whether anyone is there to hear it. */
  isAwaited: () => boolean
}

export function createServer(timeline: Timeline, options: ServerOptions): SimServer {
  const families = new Map<number, Family>()
  const accessTokens = new Map<string, { family: number; user: string; expiresAt: number }>()
  const seen: SimServer['seen'] = { refreshes: [], unknown: 0, reuses: 0, unauthorized: 0, revocations: 0, revoked: [] }
  let minted = 0

  function mint(family: Family): Tokens {
    const accessToken = `SECRET-access-${family.id}-${++minted}`
    const { accessLifetimeMs: lifetimeMs } = options
    const { id, user, signedInAt: issuedAt, newest } = family
    const expiresAt = timeline.now + lifetimeMs
    accessTokens.set(accessToken, { family: id, user, expiresAt })
    const refreshToken = `SECRET-refresh-${id}-${newest}`
    return { accessToken, refreshToken, lifetimeMs, expiresAt, issuedAt, user, sessionId: `session ${id}` }
  }

  function find(token: string | undefined): { family: Family; number: number } | undefined {
    const [, id, number] = /^SECRET-refresh-(\d+)-(\d+)$/.exec(token ?? '') ?? []
    const family = families.get(Number(id))
    return family && { family, number: Number(number) }
  }

  /** The token and all of its successors were spent with this key. */
  function isRepeated({ newest, spentWith }: Family, number: number, key: string): boolean {
    for (let each = number; each < newest; each++) if (spentWith.get(each) !== key) return false
    return true
  }

  return {
    options,
    seen,
    login(user) {
      const id = families.size + 1
      const { now } = timeline
      const family: Family = {
        id,
        signedInAt: now,
        user,
        revoked: false,
        newest: 1,
        rotatedAt: now,
        spentWith: new Map(),
      }
      families.set(id, family)
      return mint(family)
    },
    refresh(token, key) {
      const found = find(token)
      if (!found) {
        seen.unknown++
        return { kind: 'rejected', error: 'invalid_grant.unknown' }
      }
      const { family, number } = found
      const note = (verdict: RefreshSeen['verdict']) =>
        seen.refreshes.push({
          at: timeline.now,
          family: family.id,
          number,
          key,
          verdict,
          answer: 'under-way',
          isAwaited: () => true,
        })
      if (family.revoked) {
        note('rejected')
        return { kind: 'rejected', error: 'invalid_grant.revoked' }
      }
      if (number === family.newest) {
        family.newest++
        family.rotatedAt = timeline.now
        family.spentWith.set(number, key)
        note('rotated')
        return { kind: 'tokens', tokens: mint(family) }
      }
      if (options.mode === 'replay' && isRepeated(family, number, key)) {
        note('replayed')
        return { kind: 'tokens', tokens: mint(family) }
      }
      const isLast = number === family.newest - 1
      if (options.mode === 'grace' && isLast && timeline.now - family.rotatedAt <= options.graceMs) {
        note('graced')
        return { kind: 'tokens', tokens: mint(family) }
      }
      note('rejected')
      seen.reuses++
      family.revoked = options.mode !== 'lenient'
      return { kind: 'rejected', error: 'invalid_grant.reused' }
    },
    revoke(token, { sessionId, accessToken } = {}) {
      seen.revocations++
      const own = find(token)?.family
      const named = sessionId === undefined ? own : families.get(Number(sessionId.split(' ')[1]))
      const isOwn = named === own
      const isProven = accessTokens.get(accessToken ?? '')?.family === named?.id
      if (named && !isOwn && !isProven && named.user !== own?.user) return 'other'
      if (named) {
        named.revoked = true
        seen.revoked.push(named.id)
      }
      return isOwn ? 'told' : 'named'
    },
    access(token) {
      const grant = token === undefined ? undefined : accessTokens.get(token)
      if (!grant || grant.expiresAt <= timeline.now || families.get(grant.family)?.revoked) {
        seen.unauthorized++
        return { status: 401, ...(grant && { user: grant.user, family: grant.family }) }
      }
      return { status: 200, user: grant.user, family: grant.family }
    },
    userOf: (family) => families.get(family)?.user,
    familyOf: (token) => find(token)?.family.id,
    forgetAccessTokens: () => accessTokens.clear(),
    signedInAt: (family) => families.get(family)?.signedInAt ?? Number.NEGATIVE_INFINITY,
    get newestFamily() {
      return families.size
    },
    isAlive: (family) => families.get(family)?.revoked === false,
  }
}
