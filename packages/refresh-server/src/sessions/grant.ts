import type { AccessTokens } from '../tokens/access-token.ts'
import type { SessionFamily } from '../tokens/family.ts'
import type { TokenPolicy } from '../tokens/policy.ts'
import type { User } from '../users/users.ts'

/** The result of a sign-in or a refresh. */
export interface Grant {
  user: User
  sessionId: string
  accessToken: string
  accessLifetimeMs: number
  accessTokenIn: SessionFamily['accessTokenIn']
  refreshToken: string
  refreshLifetimeMs: number
}

export interface GrantsOptions {
  accessTokens: AccessTokens
  policy: () => TokenPolicy
  now: () => number
}

type IssueGrant = (family: SessionFamily, user: User, refresh: { token: string; expiresAt: number }) => Promise<Grant>

/** Completes a refresh token with an access token, which never outlives the session. */
export function createGrants({ accessTokens, policy, now }: GrantsOptions): IssueGrant {
  return async (family, user, refresh) => {
    const at = now()
    const accessLifetimeMs = Math.min(policy().accessLifetimeMs, family.expiresAt - at)
    return {
      user,
      sessionId: family.id,
      accessToken: await accessTokens.issue({ ...user, familyId: family.id }, accessLifetimeMs),
      accessLifetimeMs,
      accessTokenIn: family.accessTokenIn,
      refreshToken: refresh.token,
      refreshLifetimeMs: refresh.expiresAt - at,
    }
  }
}
