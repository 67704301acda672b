import type { RuntimeOptions } from '../options.ts'
import type { Ports } from '../ports.ts'
import { lagMsOf } from '../session/instants.ts'
import { endsAt, evaluateLimits, heldLimits, type Limits as Instants, isBlocked, isOver } from '../session/limits.ts'
import { revokedBy } from '../session/revocation.ts'
import { liveSession } from '../session/state.ts'
import type { Page } from './page.ts'
import type { Peers } from './peers.ts'
import type { Store } from './session-store.ts'
import type { Timer } from './timer.ts'

/** A laptop that wakes may tell its pages of nothing, and a timer that was set before is late by the whole sleep. */
const LOOK_EVERY_MS = 1_000
/** People move the mouse all the time; other pages need to hear of it once a second. */
const TOLD_EVERY_MS = 1_000

/** Holds the session to its limits. */
export interface Limits {
  /** Before anything is shown: a page that slept takes in what it has missed, and is judged; the timer may be late. */
  checkBeforeShowing(): void
  /** Before anything is used. The same, and a page that slept is awake by it. */
  checkBeforeUse(): void
  /** Warns and signs out, as is due; before it takes the user for idle it asks the other pages. */
  evaluate(): void
  /** The same once the other pages have been asked. */
  evaluateInformed(): void
  /** The same for a page that was away: it takes in what was written, and what it was told before is no answer. */
  recheck(): void
  /** Whether a limit has passed, also while the other pages are still being asked: nothing may be used then. */
  isOver(): boolean
  /** Whether nothing may be used: a limit has passed, or the session is to be signed out. */
  isBlocked(): boolean
  /** When the first limit ends the session, in page time. */
  endsAt(): number
  /** The user is there; which does not bring back what has ended. Returns whether it counts. */
  beActive(): boolean
  /** Takes the user's activity for that, where the policy cares. Returns what stops it. */
  watch(): () => void
}

export interface LimitsParts {
  page: Pick<Page, 'isAsleep' | 'isReceiving' | 'isInactive' | 'setAsleep'>
  timer: Pick<Timer, 'add'>
  store: Pick<Store, 'state' | 'dispatch'>
  peers: Pick<Peers, 'syncLedger' | 'pollActivity'>
}

export function createLimits(
  { clock, environment, tabs }: Pick<Ports, 'clock' | 'environment' | 'tabs'>,
  options: Pick<RuntimeOptions, 'policy' | 'transport' | 'activity'>,
  { page, timer, store, peers }: LimitsParts,
): Limits {
  const { policy, transport, activity } = options
  /** The other pages are being asked; another object for each time. */
  let poll: object | undefined

  const instants = (): Instants => heldLimits(store.state, options)
  const isPast = () => isOver(store.state, options, clock.now())

  async function pollPeers(): Promise<void> {
    const mine = {}
    poll = mine
    await peers.pollActivity()
    if (poll !== mine) return
    poll = undefined
    // The one who fell asleep meanwhile judges when it wakes.
    if (!page.isInactive()) evaluateAs(true)
  }

  function evaluateAs(isInformed: boolean): void {
    const now = clock.now()
    const due = instants()
    const verdict = evaluateLimits(due, now)
    if (verdict === 'warn') {
      if (liveSession(store.state)) {
        store.dispatch({ type: 'idle-warning', idleEndsAt: (due.idleEndsAt ?? now) - lagMsOf(clock) })
      }
    } else if (verdict === 'idle' && !isInformed) {
      // A page that has just opened asks anyway, and judges then.
      if (!poll && store.state.phase !== 'loading') void pollPeers()
    } else if (verdict !== 'ok') {
      store.dispatch({ type: 'signed-out', reason: verdict, now, revokedBy: revokedBy(transport) })
    }
  }

  const evaluate = () => evaluateAs(tabs.isolated === true)

  /** The order is fixed: take in, judge, and only then use. */
  function recheck(): void {
    peers.syncLedger()
    poll = undefined
    evaluate()
  }

  /** @param wakes the page is awake by it */
  function check(wakes: boolean): void {
    if (page.isAsleep && !page.isReceiving) {
      if (wakes) page.setAsleep(false)
      recheck()
    }
    if (isPast()) evaluate()
  }

  function beActive(): boolean {
    evaluate()
    // In a page of another user, or of none, it is no sign that anybody uses the session.
    const counts = liveSession(store.state) !== undefined && !isPast()
    if (counts) store.dispatch({ type: 'active', now: clock.now() })
    return counts
  }

  /** Tells of the user's activity; of what counts, at most once a second. */
  function watchActivity(): () => void {
    let toldAt = Number.NEGATIVE_INFINITY
    const onActivity = () => {
      const now = clock.now()
      if (now - toldAt >= TOLD_EVERY_MS && beActive()) toldAt = now
    }
    return environment.onActivity(onActivity, { media: activity?.media === true })
  }

  /** When there is something to judge next, in page time. */
  function nextAt(): number {
    const never = Number.POSITIVE_INFINITY
    const { sessionEndsAt = never, idleEndsAt = never, idleWarningAt = never } = instants()
    const { phase, idleWarning } = store.state
    if (phase === 'loading') return never
    const isToWarn = !idleWarning && liveSession(store.state) !== undefined
    const idleAt = poll ? never : isToWarn ? idleWarningAt : idleEndsAt
    const at = Math.min(sessionEndsAt, idleAt)
    return at === never ? never : Math.min(at, clock.now() + LOOK_EVERY_MS)
  }

  timer.add({ nextAt, run: evaluate })
  return {
    checkBeforeShowing: () => check(false),
    checkBeforeUse: () => check(true),
    evaluate,
    evaluateInformed: () => evaluateAs(true),
    recheck,
    isOver: isPast,
    isBlocked: () => isBlocked(store.state, options, clock.now()),
    endsAt: () => endsAt(instants()),
    beActive,
    watch: () => (policy.idleTimeoutMs === undefined ? () => {} : watchActivity()),
  }
}
