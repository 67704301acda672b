import type { Attempt, Endpoint, RefreshTrigger } from '../types.ts'
import type { RefreshTarget } from './actions.ts'
import { mayRestore } from './fencing.ts'
import { isCurrent, sameSession } from './merge.ts'
import { currentSession, liveSession, pendingAttempt, type State } from './state.ts'

/** Failures count for so long after the next attempt was due. */
const FORGOTTEN_MS = 60_000
/** From then on nobody is tried for at once who only comes back to the page. */
const MANY_FAILURES = 3

/** Whose refresh token a refresh that starts now would spend; undefined where there is nothing to refresh. */
export function refreshTargetOf(state: State, { refreshTokenIn }: Endpoint): RefreshTarget | undefined {
  const { ledger, phase } = state
  if (state.identityChanged || phase === 'loading') return undefined
  const live = liveSession(state)
  const known = live?.generation ?? -1
  if (live && refreshTokenIn === 'body') return { ...identity(live), generation: live.generation, known, over: false }
  if (!live && (phase === 'ready' || refreshTokenIn === 'body' || !mayRestore(state))) return undefined
  if (!ledger) return { epoch: 0, sid: '', generation: 0, known, over: false }
  return { ...identity(ledger), generation: ledger.generation, known, over: ledger.signedOut !== undefined }
}

const identity = ({ epoch, sid }: { epoch: number; sid: string }) => ({ epoch, sid })

export type RefreshPlan =
  /** Another page did the work, or the session is gone: no request at all. */
  | { kind: 'done' }
  /** A request is under way whose answer must come first. */
  | { kind: 'wait'; until: number }
  /** The last attempt failed and the next is not due. */
  | { kind: 'later' }
  /** The refresh token that is left here was spent, and can not be repeated. */
  | { kind: 'unrefreshable' }
  | {
      kind: 'send'
      key: string | undefined
      refreshToken: string | undefined
      number: number
      failures: number
      short: number | undefined
      repeats: boolean
    }

/**
 * A refresh that is asked for by a person or by a wake-up goes ahead of the backoff, but never of a `Retry-After`: at once
 * after the first failures, and after an attempt from before the page was online again; else after half of the pause, so
 * that nobody who goes on asking keeps the endpoint from getting up.
 */
export function isDue({ onlineAt = 0 }: State, attempt: Attempt | undefined, { trigger, now }: Asked): boolean {
  if (!attempt) return true
  const { startedAt, expiresAt, failures, retryAt = 0, notBefore = 0 } = attempt
  const isEager = trigger === 'explicit' || trigger === 'wake'
  const isNew = failures < MANY_FAILURES || startedAt < onlineAt
  const pauseEndsAt = !isEager ? retryAt : isNew ? 0 : Math.min(retryAt, (expiresAt + retryAt) / 2)
  return now >= Math.max(notBefore, pauseEndsAt)
}

/** How long the endpoint still wants to be left alone, in milliseconds, if it said so. */
export function quietMs(state: State, now: number): number | undefined {
  const notBefore = pendingAttempt(state)?.notBefore
  return notBefore === undefined ? undefined : Math.max(0, notBefore - now)
}

interface Asked {
  trigger: RefreshTrigger
  now: number
}

export interface PlanInput extends Asked {
  target: RefreshTarget
  endpoint: Endpoint
  /** Where no lock keeps the others out, and what one of them has sent may be under way: this page, and who is awake. */
  unlocked?: { tab: string; awake?: ReadonlySet<string> | undefined } | undefined
  /** What the endpoint's marker says now, if it has one. */
  marker?: string | undefined
}

/** A page that restored an old record may still repeat the attempt that spent its refresh token. */
function canSpend({ ledger, session }: State, { refreshTokenIn, idempotentRefresh }: Endpoint): boolean {
  if (refreshTokenIn === 'cookie') return true
  if (session?.refreshToken === undefined) return false
  return (idempotentRefresh && ledger?.attempt?.generation === session.generation) || isCurrent(ledger, session)
}

/** Whether another page did the work of this refresh: it has spent the token, or its tokens have come. */
export function isDone(state: State, target: RefreshTarget, endpoint: Endpoint): boolean {
  const next = refreshTargetOf(state, endpoint)
  return !next || !sameSession(next, target) || next.generation !== target.generation || next.known > target.known
}

/** What a refresh is to do once it holds the lock and has looked again. */
export function planRefresh(
  state: State,
  { target, endpoint, trigger, unlocked, marker, now }: PlanInput,
): RefreshPlan {
  if (isDone(state, target, endpoint)) return { kind: 'done' }
  const { ledger, session } = state
  if (!canSpend(state, endpoint)) {
    return now < (session?.accessExpiresAt ?? 0) ? { kind: 'later' } : { kind: 'unrefreshable' }
  }
  const { attempt: newest } = ledger ?? {}
  // Someone repeated the attempt before: spending its successor now would turn the repetition into a theft.
  if (newest && newest.generation < target.generation && now < newest.expiresAt) {
    return { kind: 'wait', until: newest.expiresAt }
  }
  const attempt = newest?.generation === target.generation ? newest : undefined
  // A page died with its request under way, and the answer may still bring the cookie that is the only valid one.
  // Without a cookie the answer is lost with the page that waited for it: nothing is gained by waiting as well.
  const outlivesPage = endpoint.refreshTokenIn === 'cookie' && !endpoint.idempotentRefresh
  // Nobody can tell a page that hangs from one that is gone; but what it has sent may be repeated.
  const isSilent = endpoint.idempotentRefresh && unlocked?.awake?.has(attempt?.by ?? '') === false
  const mayBeUnderWay = unlocked && attempt?.by !== unlocked.tab && !isSilent
  // Unless the answer has come: it was given to a page that is gone, but has brought its cookies.
  const isAnswered = marker && attempt?.marker !== undefined && marker !== attempt.marker
  const isOpen = attempt !== undefined && now < attempt.expiresAt && !isAnswered
  if (isOpen && (outlivesPage || mayBeUnderWay)) return { kind: 'wait', until: attempt.expiresAt }
  if (!isDue(state, attempt, { trigger, now })) return { kind: 'later' }
  const refreshToken = endpoint.refreshTokenIn === 'body' ? session?.refreshToken : undefined
  // An answer to the requests before may still put an older cookie back. With the key that spent it, it is replayed.
  const keyOfBefore = endpoint.refreshTokenIn === 'cookie' && newest?.repeats ? newest.key : undefined
  const { key = keyOfBefore, number = 0, failures: failed = 0, short, retryAt = now } = attempt ?? {}
  // Nobody was awake to try again for a long time: what kept it from succeeding then says nothing of now.
  const failures = now - retryAt < FORGOTTEN_MS ? failed : 0
  return {
    kind: 'send',
    key,
    refreshToken,
    number: number + 1,
    failures,
    short,
    repeats: isOpen || attempt?.repeats === true,
  }
}

/** When this page's next refresh is due of itself; undefined while there is nothing to refresh. */
export function nextRefreshAt(state: State, endpoint: Endpoint): number | undefined {
  if (!refreshTargetOf(state, endpoint)) return undefined
  const session = liveSession(state)
  const attempt = pendingAttempt(state)
  const hasFailed = (attempt?.failures ?? 0) > 0
  const quietUntil = Math.max(hasFailed ? (attempt?.retryAt ?? 0) : 0, attempt?.notBefore ?? 0)
  // Where another page is ahead, its tokens are about to come.
  const isAhead = session !== undefined && !(canSpend(state, endpoint) && isCurrent(state.ledger, session))
  const dueAt = isAhead ? session.accessExpiresAt : hasFailed ? 0 : (currentSession(state)?.refreshAt ?? 0)
  return Math.max(dueAt, quietUntil)
}

/** The attempt that keeps the line from moving, if it is one that another page may repeat. */
export function repeatable(state: State, target: RefreshTarget, { idempotentRefresh }: Endpoint): Attempt | undefined {
  const attempt = state.ledger?.attempt
  const isThis = sameSession(state.ledger, target) && attempt?.generation === target.generation
  return idempotentRefresh && isThis ? attempt : undefined
}

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
