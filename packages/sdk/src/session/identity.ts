import type { Session } from '../types.ts'
import type { State } from './state.ts'

/** The server printed this page for a sign-in whose tokens have yet to come. */
const isAwaiting = ({ phase, ledger, session, sid }: State) =>
  phase !== 'ready' && session === undefined && ledger?.sid === sid

/**
 * Whether a sign-in that came from elsewhere is, or may be, that of another user. Where the subject of either is unknown,
 * any other sign-in may be, unless this page has no session of its own that it would replace.
 */
export function isForeign(state: State, other: Pick<Session, 'sid' | 'subject'>): boolean {
  const { phase, session: own, sid, subject } = state
  if (subject !== undefined && other.subject !== undefined) return subject !== other.subject
  if (sid === undefined || sid === other.sid) return false
  // A page that is still loading has shown nothing, and belongs to whatever it finds last.
  return (phase !== 'loading' && own?.sid === sid) || isAwaiting(state)
}

/** Whose the page is once it uses this session. Calls made for another user's sign-in are not served with it. */
export function ownedBy(state: State, { sid, subject }: Session): Pick<State, 'sid' | 'subject' | 'identity'> {
  const { identity } = state
  if (sid === state.sid) return { sid, subject: subject ?? state.subject, identity }
  const isFirst = state.sid === undefined || state.phase === 'loading'
  const isSameUser = subject !== undefined && subject === state.subject
  return { sid, subject, identity: isFirst || isSameUser ? identity : identity + 1 }
}
