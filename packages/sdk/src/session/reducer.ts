import type { Attempt, Ledger, Session, SessionEventDetail } from '../types.ts'
import { type Action, type Effect, emit, type Transition } from './actions.ts'
import { beActive } from './activity.ts'
import { authenticated } from './authentication.ts'
import { slowDown } from './brake.ts'
import { isForeign, ownedBy } from './identity.ts'
import { newLedger, unknownSession } from './ledger.ts'
import { isRejected, joinSessions, sameSession } from './merge.ts'
import { acknowledge, endSession, mergeRemote } from './merge-remote.ts'
import { beginSignIn, endedOf, giveUp, goOn, handOver, refuse, revoked, succeed } from './revocation.ts'
import { startSession } from './session-started.ts'
import { liveSession, pendingAttempt, type State, withOnline } from './state.ts'
import { backOff } from './unauthorized-backoff.ts'

type Of<T extends Action['type']> = Extract<Action, { type: T }>

/** How long a request may be on its way to the endpoint after a later one has arrived there. */
const OVERTAKEN_MS = 2_000

interface Made {
  session: Session
  ledger: Ledger
  event: SessionEventDetail
}

/** A new generation of this page's own making. */
function take(state: State, { session, ledger, event }: Made): Transition {
  const { lastRefreshError: _, noSessionReason: __, ...rest } = state
  return [
    { ...rest, ...ownedBy(state, session), session, ledger, phase: 'ready', identityChanged: false },
    // Other pages hear of it first: storage is slow, and all of it happens within one task.
    [{ type: 'publish', tokens: true }, { type: 'save', adopted: false }, { type: 'write-ledger' }, emit(event)],
  ]
}

/** What the endpoint granted: the cookie may be that of somebody else by now. */
function receive(state: State, made: Made): Transition {
  const { session, ledger } = made
  if (!state.identityChanged && !isForeign(state, session)) return take(state, made)
  return [
    { ...state, session, ledger, phase: 'ready', identityChanged: true },
    [
      { type: 'write-ledger' },
      { type: 'publish', tokens: true },
      ...(state.identityChanged ? [] : [emit({ type: 'identity-changed' })]),
    ],
  ]
}

function signedIn({ subject }: Session): SessionEventDetail {
  return { type: 'signed-in', ...(subject !== undefined && { subject }) }
}

function signIn(state: State, action: Of<'signed-in'>): Transition {
  const { session } = action
  const { effects, ...owed } = succeed(state, action)
  const ledger = goOn({ ...newLedger(session), ...owed }, session)
  const [taken, told] = take({ ...decided(state), idleWarning: false }, { session, ledger, event: signedIn(session) })
  return [taken, [...told, ...effects]]
}

function recordAttempt(state: State, { attempt, trigger, now }: Of<'attempted'>): Transition {
  const ledger = { ...(state.ledger ?? unknownSession(now)), attempt }
  return [
    { ...state, refreshing: true, ledger },
    [
      { type: 'write-ledger' },
      { type: 'publish', tokens: false },
      emit({ type: 'refresh-started', trigger, attempt: attempt.number }),
    ],
  ]
}

function commit(state: State, action: Of<'committed'>): Transition {
  const { session, attempt: sent, pause, error, now } = action
  const { generation, serverClock } = session
  const durationMs = now - sent.startedAt
  const restored: SessionEventDetail = { type: 'restored', from: 'cookie', durationMs }
  if (!sameSession(state.ledger, session)) {
    const { owed } = state.ledger ?? {}
    const ledger = goOn({ ...newLedger(session), ...(owed && { owed }) }, session)
    return receive(state, { session, ledger, event: restored })
  }
  // A rejection that another page met at the generation before is below the one that has just come.
  const { signedOut: _, ...known } = { ...unknownSession(now), ...state.ledger }
  // Unless it is not this page's but a repetition that is still under way.
  const { attempt: newest } = known
  const settledAt = newest?.repeats ? now + OVERTAKEN_MS : now
  const attempt = newest && isSame(newest, sent) ? { ...newest, expiresAt: settledAt } : newest
  const renewed: Ledger = {
    ...known,
    ...endedOf(session),
    generation: Math.max(known.generation, generation),
    ...(attempt && { attempt }),
    ...(serverClock && { serverClock }),
    ...authenticated(session, known),
  }
  const ledger = goOn(renewed, session)
  // Others went on meanwhile: what came so late is of no use, and must not replace what they stored.
  if (known.generation > generation || joinSessions(state.session, session) !== session) {
    return [{ ...state, ledger }, [{ type: 'write-ledger' }, { type: 'publish', tokens: false }]]
  }
  const accessLifetimeMs = session.accessExpiresAt - session.accessIssuedAt
  const found = known.epoch > 0 && known.generation === 0 ? signedIn(session) : restored
  const retryInMs = Math.max(0, (pause?.notBefore ?? 0) - now)
  const event: SessionEventDetail =
    error !== undefined
      ? { type: 'refresh-failed', error, final: false, retryInMs, durationMs }
      : liveSession(state)
        ? { type: 'refreshed', durationMs, accessLifetimeMs }
        : found
  return receive(state, { session, ledger, event })
}

const isSame = (a: Attempt, b: Attempt) => a.number === b.number && a.by === b.by

function fail(state: State, { target, attempt, error, durationMs, now }: Of<'failed'>): Transition {
  const retryInMs = Math.max(attempt.retryAt ?? 0, attempt.notBefore ?? 0) - now
  const failed = emit({ type: 'refresh-failed', error, final: false, retryInMs, durationMs })
  // Someone signed in meanwhile: that session has no part in it.
  if (!sameSession(state.ledger, target)) return [state, [failed]]
  return [
    { ...state, ledger: { ...unknownSession(now), ...state.ledger, attempt }, lastRefreshError: error },
    [{ type: 'write-ledger' }, { type: 'publish', tokens: false }, failed],
  ]
}

function reject(state: State, { target, attempt: sent, error, durationMs, now }: Of<'rejected'>): Transition {
  const failed = emit({ type: 'refresh-failed', error, final: true, durationMs })
  const { ledger } = state
  if (!ledger || !sameSession(ledger, target)) return [state, [failed]]
  const { attempt } = ledger
  const isBehind = ledger.generation > target.generation
  if (isBehind && !(attempt && isSame(attempt, sent))) return [state, [failed]]
  // Its outcome is known: nobody has to wait for it any more.
  const settled: Ledger = attempt ? { ...ledger, attempt: { ...attempt, expiresAt: now } } : ledger
  if (isBehind) return [{ ...state, ledger: settled }, [failed, { type: 'write-ledger' }]]
  if (ledger.signedOut || ledger.epoch === 0) {
    return [{ ...state, ledger: settled, phase: 'ready' }, [failed, { type: 'write-ledger' }]]
  }
  const expired = /expired/.test(error) || now >= (state.session?.refreshExpiresAt ?? Number.POSITIVE_INFINITY)
  const reason = expired ? 'refresh-expired' : 'refresh-rejected'
  return endForAll(state, { ...settled, signedOut: { reason, at: now, generation: target.generation } }, [failed])
}

/** Ends the session for all pages. */
function endForAll(state: State, ledger: Ledger, before: readonly Effect[]): Transition {
  const { session: _, ...rest } = state
  const next: State = { ...rest, ledger, phase: 'ready' }
  const effects: Effect[] = [
    ...before,
    { type: 'publish', tokens: false },
    { type: 'write-ledger' },
    { type: 'clear-store', adopted: false },
  ]
  return state.identityChanged ? [next, effects] : endSession(next, effects)
}

function signOut(state: State, { reason, now, revokedBy: by }: Of<'signed-out'>): Transition {
  const ledger = state.ledger ?? unknownSession(now)
  // This page has no session, and the other subject's is not its to end.
  if (state.identityChanged) return [state, []]
  // In the middle of a restore even a session that ended before is ended again: its answer must not bring it back.
  if (ledger.signedOut && !isRejected(ledger.signedOut) && state.phase === 'ready') return [state, []]
  // Above the end before, whose endpoint may have been told already.
  const generation = ledger.generation + (ledger.signedOut ? 1 : 0)
  const closed = { ...ledger, generation, signedOut: { reason, at: now, generation } }
  // Without a session there is no token that the endpoint could know it by.
  if (!by || (by === 'token' && (ledger.epoch === 0 || ledger.signedOut))) return endForAll(state, closed, [])
  const { revocationStopped: _, ...open } = closed
  const [next, effects] = endForAll(state, { ...open, revocationPending: true }, [])
  // Tokens that are at hand go there by themselves.
  if (sameSession(ledger, state.session)) return [next, effects]
  return [next, [...effects, { type: 'revoke', ended: endedOf(ledger), tokens: {}, isOwn: true }]]
}

/** This page can not renew its tokens: they were spent elsewhere and nobody has newer ones, or none came with the sign-in. */
function giveUpTokens({ session, ...state }: State): Transition {
  const next: State = { ...state, phase: 'ready' }
  if (!session) return [next, []]
  const { epoch, sid, generation } = session
  const noSessionReason = session.refreshToken === undefined ? 'refresh-expired' : 'refresh-rejected'
  return endSession({ ...next, unrefreshable: { epoch, sid, generation }, noSessionReason }, [
    { type: 'clear-store', adopted: false },
  ])
}

/** Calls waited in vain for a refresh that is under way, here or elsewhere, and may yet bring a token. */
function timeOutWait(state: State): Transition {
  const isUnanswered = state.lastRefreshError === undefined && liveSession(state) && pendingAttempt(state)
  return [isUnanswered ? { ...state, lastRefreshError: 'no_answer' } : state, []]
}

/** Somebody has signed in or out: no sign-out is pending any more. */
function decided(state: State): State {
  const { signOutPending, ...rest } = state
  return signOutPending ? rest : state
}

/** The one place where a page's state changes. Same input, same output. */
export function transition(state: State, action: Action): Transition {
  return handOver(state, change(state, action), action.type !== 'remote-state')
}

function change(state: State, action: Action): Transition {
  const settled = state.refreshing ? { ...state, refreshing: false } : state
  switch (action.type) {
    case 'remote-state':
      return mergeRemote(state, action)
    case 'phase':
      return [{ ...state, phase: action.phase }, []]
    case 'signed-in':
      return signIn(state, action)
    case 'session-started':
      return startSession(state, action)
    case 'attempted':
      return recordAttempt(state, action)
    case 'committed':
      return slowDown(commit(settled, action), action)
    case 'failed':
      return fail(settled, action)
    case 'rejected':
      return reject(settled, action)
    case 'refused':
      return refuse(settled, action)
    case 'unauthorized':
      return backOff(state, action)
    case 'unrefreshable':
      return giveUpTokens(state)
    case 'wait-timed-out':
      return timeOutWait(state)
    case 'refresh-settled':
      return [settled, []]
    case 'sign-out-pending':
      return [{ ...state, signOutPending: true }, []]
    case 'signed-out':
      return signOut(decided(state), action)
    case 'revoked':
      return revoked(state, action)
    case 'revocation-lost':
      return giveUp(state, action)
    case 'sign-in-begun':
      return beginSignIn(state, action)
    case 'online':
      return [withOnline(state, action), []]
    case 'active':
      return beActive(state, action.now)
    case 'idle-warning':
      return state.idleWarning
        ? [state, []]
        : [{ ...state, idleWarning: true }, [emit({ type: 'idle-warning', idleEndsAt: action.idleEndsAt })]]
    case 'acknowledged':
      return acknowledge(state)
  }
}
