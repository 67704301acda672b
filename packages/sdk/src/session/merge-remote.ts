import type { Ledger, Session } from '../types.ts'
import { type Effect, emit, type RemoteState, type Transition } from './actions.ts'
import { mayRestore } from './fencing.ts'
import { isForeign, ownedBy } from './identity.ts'
import { ledgerOf } from './ledger.ts'
import { isLive, joinLedgers, joinSessions, sameSession } from './merge.ts'
import { JUMP_MS } from './page-time.ts'
import { liveSession, type State, signedOutReason } from './state.ts'

/** What the ledger says once this session is known. */
function withSession(ledger: Ledger | undefined, session: Session): Ledger | undefined {
  if (!ledger || !sameSession(ledger, session)) return joinLedgers(ledger, ledgerOf(session))
  // A rejection ends only the generation that it met.
  const { signedOut: _, ...live } = ledger
  return session.generation > ledger.generation
    ? joinLedgers(ledger, { ...live, generation: session.generation })
    : ledger
}

/** The clocks of two pages differ by fractions of a second. */
const isEarlier = (a?: Ledger, b?: Ledger) => (b?.signedInAt ?? 0) - (a?.signedInAt ?? 0) > JUMP_MS

/** Takes over what is newer, and draws the consequences for this page. */
export function mergeRemote(state: State, { from, ledger, session: offered }: RemoteState): Transition {
  const { unrefreshable } = state
  const isUnrefreshable =
    offered && sameSession(unrefreshable, offered) && offered.generation <= (unrefreshable?.generation ?? 0)
  const joined = joinLedgers(state.ledger, ledger)
  const merged = offered && !isUnrefreshable ? withSession(joined, offered) : joined
  // What a page that was away still holds of an earlier sign-in is of no use here.
  const isOver = from === 'peer' && !sameSession(merged, offered)
  const session = isUnrefreshable || isOver ? undefined : offered
  const tokens = joinSessions(state.session, session)
  if (merged === state.ledger && tokens === state.session) return [state, []]
  const next = { ...state, ...(merged && { ledger: merged }), ...(tokens && { session: tokens }) }
  // What is stored was read after the clock had been set back. The page that was there knows better, and may be gone soon.
  const isDatedBack = from === 'peer' && sameSession(merged, state.ledger) && isEarlier(merged, state.ledger)
  const stored: Effect[] = isDatedBack ? [{ type: 'write-ledger' }] : []
  const wasActive = state.idleWarning && (merged?.lastActivityAt ?? 0) > (state.ledger?.lastActivityAt ?? 0)
  const [applied, effects] = applyMerge(state, wasActive ? { ...next, idleWarning: false } : next, from)
  return [applied, [...(wasActive ? [emit({ type: 'idle-cleared' })] : []), ...effects, ...stored]]
}

/** Goes on with the subject that another tab signed in. */
export function acknowledge(state: State): Transition {
  if (!state.identityChanged) return [state, []]
  const { subject: _, sid: __, ...rest } = state
  // Calls of before still belong to the user of before.
  const before = { ...rest, identity: state.identity + 1 }
  return applyMerge(before, { ...before, identityChanged: false }, 'peer')
}

function applyMerge(state: State, next: State, from: RemoteState['from']): Transition {
  const live = isLive(next.ledger, next.session) ? next.session : undefined
  if (live) return next.identityChanged ? [next, []] : use(state, next, { session: live, from })
  const { ledger } = next
  // The server made this page for another login: its user is not to use that one's session.
  if (ledger && !ledger.signedOut && !state.session && !next.identityChanged && isForeign(state, ledger)) {
    return [{ ...next, identityChanged: true }, [emit({ type: 'identity-changed' })]]
  }
  if (next.session && next.ledger && !next.ledger.signedOut && next.phase !== 'loading') {
    // Someone signed in elsewhere, and the ledger told it before the tab that has the tokens did.
    return state.phase === 'restoring' ? [next, []] : [{ ...next, phase: 'restoring' }, [{ type: 'request-session' }]]
  }
  const { session: dropped, ...rest } = next
  const effects: Effect[] = dropped ? [{ type: 'clear-store', adopted: next.phase !== 'loading' }] : []
  if (next.phase === 'loading') return liveSession(state) ? endSession(rest, effects) : [rest, effects]
  // To a page of another subject that session was never its own.
  const wasOwn = state.session !== undefined && !state.identityChanged
  if (wasOwn) {
    const [over, told] = endSession({ ...rest, phase: 'ready' }, effects)
    // Who writes at the same moment may undo what is written of the end: so all who hear of it see to it.
    return [over, [...told, { type: 'ensure-ledger' }]]
  }
  // What the cookie might have brought back has ended elsewhere: there is nothing to wait for.
  return [mayRestore(next) ? rest : { ...rest, phase: 'ready' }, effects]
}

interface Source {
  session: Session
  from: RemoteState['from']
}

function use(state: State, next: State, { session, from }: Source): Transition {
  if (isForeign(state, session)) {
    return [{ ...next, identityChanged: true }, [emit({ type: 'identity-changed' })]]
  }
  if (session === liveSession(state)) return [next, []]
  const { lastRefreshError: _, noSessionReason: __, ...rest } = next
  const event =
    liveSession(state) || from === 'ledger'
      ? ({ type: 'adopted', from } as const)
      : ({ type: 'restored', from } as const)
  return [
    { ...rest, ...ownedBy(next, session), phase: next.phase === 'loading' ? next.phase : 'ready' },
    // What comes from the store is there.
    [...(from === 'store' ? [] : [{ type: 'save', adopted: true } as const]), emit(event)],
  ]
}

/** This page's session is over. */
export function endSession(state: State, before: readonly Effect[]): Transition {
  const reason = signedOutReason(state)
  return [
    { ...state, idleWarning: false },
    [
      ...before,
      ...(state.idleWarning ? [emit({ type: 'idle-cleared' })] : []),
      emit({ type: 'signed-out', reason }),
      { type: 'ended', reason },
    ],
  ]
}
