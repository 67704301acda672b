import type { Clock, Environment, RefreshTransport, Tabs } from '../ports.ts'
import type { Happening } from '../session/actions.ts'
import { lagMsOf } from '../session/instants.ts'
import { endsAt, judge, type Limits, limitsOf } from '../session/limits.ts'
import type { SessionPolicy } from '../session/policy.ts'
import { revokedBy } from '../session/revocation.ts'
import { heldLedger, liveSession, type State } from '../session/state.ts'

/** A laptop that wakes may tell its pages of nothing, and a timer that was set before is late by the whole sleep. */
const LOOK_EVERY_MS = 1_000

export interface LimitKeeperDependencies {
  clock: Clock
  policy: SessionPolicy
  transport: RefreshTransport
  activity?: { media?: boolean }
  state(): State
  dispatch(happening: Happening): void
  environment: Environment
  tabs: Tabs
  /** This page is frozen or cached. */
  isAsleep(): boolean
  /** Asks the other pages what they know; settles when they have answered, or had time to. */
  ask(): Promise<unknown>
  /** Tells of the user's activity. Returns what stops it. */
  watchActivity(wanted: { clock: Clock; environment: Environment; media: boolean; onActive(): void }): () => void
}

/** Holds the session to its limits. */
export interface LimitKeeper {
  /** Warns and signs out, as is due; before it takes the user for idle it asks the other pages. */
  judge(): void
  /** The same for a page that was away: what it was told before it fell asleep is no answer. */
  judgeAnew(): void
  /** The same once the other pages have been asked. */
  judgeInformed(): void
  /** Whether a limit has passed, also while the other pages are still being asked: nothing may be used then. */
  isOver(): boolean
  /** When there is something to judge next, in page time. */
  nextAt(): number
  /** When the first limit ends the session, in page time. */
  endsAt(): number
  /** The user is there; which does not bring back what has ended. Returns whether it counts. */
  beActive(): boolean
  /** Takes the user's activity for that, where the policy cares. Returns what stops it. */
  watch(): () => void
}

export function createLimitKeeper(dependencies: LimitKeeperDependencies): LimitKeeper {
  const { clock, policy, transport, state, dispatch, tabs } = dependencies
  /** The other pages are being asked; another object for each time. */
  let enquiry: object | undefined

  const limits = (): Limits => limitsOf(heldLedger(state(), transport), policy)
  const isOver = () => clock.now() >= endsAt(limits())

  async function enquire(): Promise<void> {
    const mine = {}
    enquiry = mine
    await dependencies.ask()
    if (enquiry !== mine) return
    enquiry = undefined
    // The one who fell asleep meanwhile judges when it wakes.
    if (!dependencies.isAsleep()) judgeAs(true)
  }

  function judgeAs(isInformed: boolean): void {
    const now = clock.now()
    const due = limits()
    const verdict = judge(due, now)
    if (verdict === 'warn') {
      if (liveSession(state())) {
        dispatch({ type: 'idle-warning', idleEndsAt: (due.idleEndsAt ?? now) - lagMsOf(clock) })
      }
    } else if (verdict === 'idle' && !isInformed) {
      // A page that has just opened asks anyway, and judges then.
      if (!enquiry && state().phase !== 'loading') void enquire()
    } else if (verdict !== 'ok') {
      dispatch({ type: 'signed-out', reason: verdict, now, revokedBy: revokedBy(transport) })
    }
  }

  const judgeNow = () => judgeAs(tabs.alone === true)

  function beActive(): boolean {
    judgeNow()
    // In a page of another user, or of none, it is no sign that anybody uses the session.
    const counts = liveSession(state()) !== undefined && !isOver()
    if (counts) dispatch({ type: 'active', now: clock.now() })
    return counts
  }

  return {
    judge: judgeNow,
    judgeAnew() {
      enquiry = undefined
      judgeNow()
    },
    judgeInformed: () => judgeAs(true),
    isOver,
    nextAt() {
      const never = Number.POSITIVE_INFINITY
      const { sessionEndsAt = never, idleEndsAt = never, idleWarningAt = never } = limits()
      const { phase, idleWarning } = state()
      if (phase === 'loading') return never
      const isToWarn = !idleWarning && liveSession(state()) !== undefined
      const idleAt = enquiry ? never : isToWarn ? idleWarningAt : idleEndsAt
      const at = Math.min(sessionEndsAt, idleAt)
      return at === never ? never : Math.min(at, clock.now() + LOOK_EVERY_MS)
    },
    endsAt: () => endsAt(limits()),
    beActive,
    watch() {
      if (policy.idleTimeoutMs === undefined) return () => {}
      const { environment, activity } = dependencies
      return dependencies.watchActivity({ clock, environment, media: activity?.media === true, onActive: beActive })
    },
  }
}
