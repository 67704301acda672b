import type { Endpoint } from '../types.ts'
import { isDue, nextRefreshAt } from './refresh-plan.ts'
import { currentSession, pendingAttempt, type State } from './state.ts'

/** The longest that others wait for the leader before they do its work. */
const BACKUP_VISIBLE_MS = 1_000
const BACKUP_HIDDEN_MS = 4_000

export interface Place {
  isLeader: boolean
  visible: boolean
  /** In [0, 1), drawn once for the tab: so that the others do not all step in together. */
  spread: number
}

/**
 * How much later than the leader a tab acts by itself: a visible one sooner than a hidden one, and all of them well
 * before the token expires.
 */
function backupMs(state: State, { isLeader, visible, spread }: Place): number {
  if (isLeader) return 0
  const session = currentSession(state)
  const roomMs = session ? session.accessExpiresAt - session.refreshAt : 0
  const longestMs = visible ? BACKUP_VISIBLE_MS : BACKUP_HIDDEN_MS
  return Math.min(longestMs, Math.max(roomMs, 0) * (visible ? 0.25 : 0.5)) * (0.5 + spread / 2)
}

export interface NextAttemptInput {
  endpoint: Endpoint
  place: Place
  /** Calls wait for a token. */
  waiting: boolean
  now: number
}

/** When this tab is to refresh next, in page time; undefined while there is nothing to refresh. */
export function nextAttemptAt(state: State, { endpoint, place, waiting, now }: NextAttemptInput): number | undefined {
  const dueAt = nextRefreshAt(state, endpoint)
  if (dueAt === undefined) return undefined
  // Who needs a token waits for nobody.
  if (waiting) return isDue(state, pendingAttempt(state), { trigger: 'request', now }) ? now : dueAt
  return dueAt + backupMs(state, place)
}
