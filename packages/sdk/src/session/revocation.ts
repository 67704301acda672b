import type { Endpoint, Ledger, Owed, Session } from '../types.ts'
import { type Action, type Effect, type Ended, emit, type RevokedBy, type Transition } from './actions.ts'
import { isLive, sameSession } from './merge.ts'
import { findOwed, joinOwed, openOf, settleGoingOn } from './owed.ts'
import type { State } from './state.ts'

/** Undefined where the endpoint is told of no sign-out. */
export function revokedBy(transport: Endpoint & { revoke?: unknown }): RevokedBy | undefined {
  if (!transport.revoke) return undefined
  return transport.refreshTokenIn === 'body' ? 'token' : transport.namedRevocation ? 'name' : 'cookie'
}

/** Whether the endpoint can be told although the cookie may be another session's by now. */
export function isSafeAfterSignIn(by: RevokedBy, { sessionId }: { sessionId?: string | undefined }): boolean {
  return by === 'token' || (by === 'name' && sessionId !== undefined)
}

export const endedOf = ({ epoch, sid, sessionId }: Ended): Ended => ({
  epoch,
  sid,
  ...(sessionId !== undefined && { sessionId }),
})

/** Whether the endpoint was told; undefined where the ledger does not say. */
function revocationStateOf(ledger: Ledger | undefined, ended: Ended): 'open' | 'held' | 'lost' | 'told' | undefined {
  const owed = findOwed(ledger?.owed, ended)
  if (owed) return owed.settled ?? 'open'
  if (!sameSession(ledger, ended) || ledger?.revocationPending === undefined) return undefined
  if (!ledger.revocationPending) return 'told'
  return ledger.revocationStopped ?? 'open'
}

export interface Revocation {
  by: RevokedBy
  ended: Ended
  /** A token of that session is at hand. */
  hasToken: boolean
}

/**
 * The server has signed somebody in by itself, and has not said yet what it calls that session: the one that it took the place
 * of may go on under the same name.
 */
const isNameless = (ledger: Ledger | undefined, ended: Ended): boolean =>
  ledger?.generation === 0 && !ledger.signedOut && !sameSession(ledger, ended)

/** A session before that the server goes on with under its name is not to end. */
export function goOn(ledger: Ledger, session: Session): Ledger {
  return ledger.owed ? { ...ledger, owed: settleGoingOn(ledger.owed, session) } : ledger
}

/** What a tab is to do about the end of a session that the endpoint may not know of yet. */
export function planRevocation(
  ledger: Ledger | undefined,
  { by, ended, hasToken }: Revocation,
): 'send' | 'wait' | 'give-up' | 'done' {
  const revocationState = revocationStateOf(ledger, ended)
  if (revocationState === 'told') return 'done'
  if (by === 'name' && isNameless(ledger, ended)) return 'wait'
  // A token is that session's own: it can hit no other, whatever the ledger has forgotten.
  if (by === 'token' && hasToken) return 'send'
  if (revocationState === 'open') return by === 'token' ? 'give-up' : 'send'
  return revocationState === 'held' ? 'wait' : 'done'
}

/** The sessions whose end the endpoint is still to be told of. */
export function owedBy(ledger: Ledger | undefined): Ended[] {
  const { owed, revocationPending } = ledger ?? {}
  return [...(ledger && revocationPending ? [endedOf(ledger)] : []), ...openOf(owed).map(endedOf)]
}

const lost = ({ sessionId }: { sessionId?: string | undefined }): Effect =>
  emit({ type: 'revocation-lost', ...(sessionId !== undefined && { sessionId }) })

const SHARED: readonly Effect[] = [{ type: 'publish', tokens: false }, { type: 'write-ledger' }]

function withOwed(state: State, ledger: Ledger, more: readonly Owed[]): State {
  return { ...state, ledger: { ...ledger, owed: joinOwed(ledger.owed, more) } }
}

/** The session ended before its answer came; nobody has to wait for that any more. */
export function refuse(state: State, { target, tokens, now }: Action & { type: 'refused' }): Transition {
  const { ledger } = state
  const ended = sameSession(ledger, target) ? ledger : undefined
  const effects: Effect[] = [
    { type: 'write-ledger' },
    { type: 'revoke', ended: endedOf(ended ?? target), tokens, isOwn: true },
  ]
  if (!ended) return [state, effects.slice(1)]
  const { attempt, signedOut, revocationPending } = ended
  const settled: Ledger = attempt ? { ...ended, attempt: { ...attempt, expiresAt: now } } : ended
  // These tokens, or the cookie that came with them, are still to be revoked, whatever the endpoint has been told before.
  const generation = ended.generation + 1
  const isOwed = signedOut && revocationPending !== undefined
  const again = isOwed && { generation, signedOut: { ...signedOut, generation }, revocationPending: true }
  return [{ ...state, ledger: { ...settled, ...again } }, effects]
}

/** The endpoint has heard of the end of this session; and not of a later end, of tokens that came late. */
export function revoked(state: State, { of, generation }: Action & { type: 'revoked' }): Transition {
  const { ledger } = state
  const owed = findOwed(ledger?.owed, of)
  if (ledger && owed && owed.settled !== 'told')
    return [withOwed(state, ledger, [{ ...owed, settled: 'told' }]), SHARED]
  const isThis = sameSession(ledger, of) && ledger?.signedOut?.generation === generation
  if (!ledger?.revocationPending || !isThis) return [state, []]
  return [{ ...state, ledger: { ...ledger, revocationPending: false } }, SHARED]
}

/** Nobody can tell the endpoint any more. */
export function giveUp(state: State, { of }: Action & { type: 'revocation-lost' }): Transition {
  const { ledger } = state
  if (!ledger || revocationStateOf(ledger, of) !== 'open') return [state, []]
  const effects = [...SHARED, lost(of)]
  const owed = findOwed(ledger.owed, of)
  if (owed) return [withOwed(state, ledger, [{ ...owed, settled: 'lost' }]), effects]
  return [{ ...state, ledger: { ...ledger, revocationStopped: 'lost' } }, effects]
}

/** From now on the cookie may be that of a new session, or the answer may cross the one that sets it. */
export function beginSignIn(state: State, { revokedBy: by }: Action & { type: 'sign-in-begun' }): Transition {
  const { ledger } = state
  if (!ledger?.revocationPending || ledger.revocationStopped || !by || by === 'token') return [state, []]
  const revocationStopped = isSafeAfterSignIn(by, ledger) ? 'held' : 'lost'
  const effects = revocationStopped === 'lost' ? [...SHARED, lost(ledger)] : SHARED
  return [{ ...state, ledger: { ...ledger, revocationStopped } }, effects]
}

/** Tokens of one session on the server: what revokes the old ones would take the new ones along. */
function isSameOnServer(a: Session, b: Session): boolean {
  const { refreshToken, sessionId } = b
  return (
    (sessionId !== undefined && a.sessionId === sessionId) ||
    (refreshToken !== undefined && a.refreshToken === refreshToken)
  )
}

/** What a new sign-in leaves to be told of the sessions before it: the one that still lived, or whose end is not known yet. */
export function succeed(
  { ledger, session: before, signOutPending, phase }: State,
  { session, revokedBy: by }: { session?: Session; revokedBy?: RevokedBy | undefined },
): { owed?: readonly Owed[]; effects: readonly Effect[] } {
  const older = openOf(ledger?.owed)
  const carried = older.length > 0 ? { owed: older } : {}
  if (!ledger || !by) return { ...carried, effects: [] }
  const isLeft = isLive(ledger, before) && !(session && isSameOnServer(before, session))
  // Someone has asked for its end before its tokens were found: another tab, or nobody, has them now.
  // Nor has a page that has just opened looked for the tokens of the session that it replaces.
  const isUnfound = phase === 'loading' && by === 'token' && !isLive(ledger, before)
  const isToEnd = (signOutPending === true || isUnfound) && ledger.epoch > 0 && !ledger.signedOut
  if (!ledger.revocationPending && !isLeft && !isToEnd) return { ...carried, effects: [] }
  const isKnown = ledger.revocationStopped === 'lost'
  if (!isSafeAfterSignIn(by, ledger)) return { ...carried, effects: isKnown ? [] : [lost(ledger)] }
  const ended = endedOf(ledger)
  const settled = isKnown ? { settled: 'lost' as const } : {}
  return {
    owed: joinOwed([{ ...ended, ...settled }], older),
    // Tokens that are at hand go there by themselves.
    effects: isLeft ? [] : [{ type: 'revoke', ended, tokens: {}, isOwn: true }],
  }
}

/** Of two sign-ins at once the other one counts. */
const isRival = (ledger: Ledger, { epoch, sid }: Session): boolean => ledger.epoch === epoch && ledger.sid !== sid

/** Tokens that go out of use while the endpoint is to be told of their end may be all that can tell it. */
export function handOver(before: State, [state, effects]: Transition, isOwn: boolean): Transition {
  const { session } = before
  const { ledger } = state
  if (!session || sameSession(session, state.session)) return [state, effects]
  if (isLive(ledger, state.session) && isSameOnServer(session, state.session)) {
    // Only who has both tokens knows that.
    const owed = findOwed(ledger?.owed, session)
    if (!ledger || !owed || owed.settled) return [state, effects]
    return [withOwed(state, ledger, [{ ...owed, settled: 'told' }]), [...effects, ...SHARED]]
  }
  const { refreshToken, accessToken } = session
  const tokens = {
    ...(refreshToken !== undefined && { refreshToken }),
    ...(accessToken !== undefined && { accessToken }),
  }
  const revoke: Effect = { type: 'revoke', ended: endedOf(session), tokens, isOwn }
  const revocationState = revocationStateOf(ledger, session)
  if (revocationState === 'told') return [state, effects]
  if (revocationState !== undefined) return [state, [...effects, revoke]]
  // Nobody has asked for its end, but nobody will use it any more. A cookie is that of the other session by now.
  if (!ledger || refreshToken === undefined || !isRival(ledger, session)) return [state, effects]
  // What the other one does not know of is owed on, too.
  const owed = [endedOf(session), ...openOf(before.ledger?.owed)]
  return [withOwed(state, ledger, owed), [...effects, ...SHARED, revoke]]
}
