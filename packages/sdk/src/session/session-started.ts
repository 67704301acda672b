import type { Ledger } from '../types.ts'
import { type Action, type Effect, emit, type Transition } from './actions.ts'
import { emptyLedger } from './ledger.ts'
import { isSeen, joinLogins, loginOf } from './logins.ts'
import { succeed } from './revocation.ts'
import type { State } from './state.ts'

/**
 * The server has signed somebody in by itself: what the refresh cookie holds is their session, and the page looks for it
 * anew. Pages that learn of the same login on their own come to the same session. A login that was seen before begins
 * nothing: whoever loads its page again after a sign-out stays signed out.
 */
export function startSession(state: State, action: Action & { type: 'session-started' }): Transition {
  const { login, now } = action
  const { ledger: before, session: _, sid, subject: __, lastRefreshError: ___, noSessionReason: ____, ...rest } = state
  if (isSeen(before?.logins, login)) return [state, []]
  const { effects: ofBefore, ...owed } = succeed(state, action)
  const epoch = (before?.epoch ?? 0) + 1
  const ledger: Ledger = {
    ...emptyLedger(epoch, `login-${login}`, now),
    logins: joinLogins([loginOf(epoch, login)], before?.logins),
    ...owed,
  }
  const isFirst = sid === undefined || state.phase === 'loading'
  const effects: Effect[] = [
    { type: 'publish', tokens: false },
    { type: 'write-ledger' },
    { type: 'clear-store', adopted: false },
    ...(state.idleWarning ? [emit({ type: 'idle-cleared' })] : []),
    ...ofBefore,
  ]
  return [
    {
      ...rest,
      ledger,
      sid: ledger.sid,
      phase: 'loading',
      identity: isFirst ? state.identity : state.identity + 1,
      identityChanged: false,
      idleWarning: false,
    },
    effects,
  ]
}
