import { defined } from '../codec/json.ts'
import { is, isLifetime, record, typeOf } from '../codec/schema.ts'
import { id, instant, text } from '../codec/stored.ts'
import { claims, token } from '../codec/stored-session.ts'
import { TokenManagerError } from '../errors.ts'
import type { Endpoint, Ledger, ServerClock, Session, TokenSet } from '../types.ts'
import type { SessionPolicy } from './policy.ts'
import { refreshTime, validityMs } from './refresh-time.ts'
import { readServerClock } from './server-clock.ts'

export type SessionActivity = Pick<Ledger, 'signedInAt' | 'activities' | 'lastActivityAt'>

export interface GrantContext {
  epoch: number
  sid: string
  generation: number
  commitId: string
  /** The generation before, whose refresh token and subject go on where the endpoint does not repeat them. */
  previous?: Session
  /** How long the session has lasted, which no refresh extends. Default: it begins now. */
  activity?: SessionActivity
  /** The first generation of a sign-in. */
  first: boolean
  /** When the request was sent, in page time: lifetimes count from here, so a slow answer never extends them. */
  sentAt: number
  /** When its answer came, in page time. */
  now: number
  wallNow: number
  /** What is known of the server's clock, and how much time has surely gone by since then. */
  known?: ServerClock | undefined
  livedMs?: number | undefined
  policy: SessionPolicy
  /** In [0, 1). */
  random: number
}

const lifetime = is('a lifetime in milliseconds', (value) => typeof value === 'number' && isLifetime(value))
const zeroOrLifetime = is('a lifetime in milliseconds', (value) => value === 0 || lifetime(value, ''))

/** The rules that stores and other pages hold a session to. */
const tokenSet = record<TokenSet>({
  'accessToken?': token,
  accessLifetimeMs: zeroOrLifetime,
  'refreshToken?': token,
  'refreshLifetimeMs?': lifetime,
  'subject?': text,
  'sessionId?': id,
  'claims?': claims,
  'serverTime?': record<NonNullable<TokenSet['serverTime']>>({
    expiresAt: instant,
    'now?': instant,
    'isDated?': typeOf('boolean'),
  }),
})

/**
 * Whether a transport, which may be the app's own, gave what a session can live on.
 * @param isSignIn an access token that has expired is good enough, if it can be renewed
 * @throws TokenManagerError `invalid_response` that says what is wrong
 */
export function checkTokens(tokens: unknown, { accessTokenIn, refreshTokenIn }: Endpoint, isSignIn = false): void {
  try {
    const { accessToken, accessLifetimeMs, refreshToken } = tokenSet(tokens, 'tokens')
    const isRenewable = isSignIn && (refreshToken !== undefined || refreshTokenIn === 'cookie')
    if (!isRenewable) lifetime(accessLifetimeMs, 'tokens.accessLifetimeMs')
    if (accessTokenIn === 'header') token(accessToken, 'tokens.accessToken')
  } catch (error) {
    const problem = error instanceof Error ? error.message : 'it could not be read'
    throw new TokenManagerError('invalid_response', `The transport gave no session: ${problem}.`)
  }
}

/** In the second in which a JWT expires, or within it, no call carries the token. */
function withoutLastSecond(lifetimeMs: number, { policy }: GrantContext): number {
  const unsureMs = 1_000 - validityMs(lifetimeMs, policy.refreshLead)
  return lifetimeMs - Math.max(0, Math.min(unsureMs, lifetimeMs / 4))
}

/** The session's next generation, as an endpoint granted it. */
export function grant(tokens: TokenSet, context: GrantContext): Session {
  const { previous, sentAt, policy, now, activity = { signedInAt: now, activities: 0, lastActivityAt: now } } = context
  const { generation, known, livedMs = 0, wallNow } = context
  const read = readServerClock(tokens, { generation, known, livedMs, latencyMs: now - sentAt, now, wallNow })
  const lifetimeMs = read.isRounded ? withoutLastSecond(read.lifetimeMs, context) : read.lifetimeMs
  const refreshExpiresAt =
    tokens.refreshLifetimeMs !== undefined
      ? sentAt + tokens.refreshLifetimeMs
      : tokens.refreshToken === undefined
        ? previous?.refreshExpiresAt
        : undefined
  return defined({
    epoch: context.epoch,
    sid: context.sid,
    generation,
    committedAt: wallNow,
    commitId: context.commitId,
    signedInAt: activity.signedInAt,
    activities: activity.activities,
    lastActivityAt: activity.lastActivityAt,
    accessIssuedAt: sentAt,
    accessExpiresAt: sentAt + lifetimeMs,
    refreshAt: refreshTime({
      issuedAt: sentAt,
      lifetimeMs,
      policy,
      latencyMs: now - sentAt,
      first: context.first,
      random: context.random,
    }),
    sessionId: tokens.sessionId ?? previous?.sessionId,
    subject: tokens.subject ?? previous?.subject,
    claims: tokens.claims ?? previous?.claims,
    accessToken: tokens.accessToken,
    refreshToken: tokens.refreshToken ?? previous?.refreshToken,
    refreshExpiresAt,
    serverClock: read.serverClock,
  })
}
