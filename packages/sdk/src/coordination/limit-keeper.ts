import type { Happening } from '../decisions/happening.ts'
import { lagMsOf } from '../decisions/instants.ts'
import { endsAt, judge, type Limits, limitsOf } from '../decisions/limits.ts'
import { liveSession, type State } from '../decisions/state.ts'
import type { Clock, Environment, RefreshTransport } from '../ports.ts'
import type { SessionPolicy } from '../types.ts'

export interface LimitKeeperDependencies {
  clock: Clock
  policy: SessionPolicy
  transport: RefreshTransport
  state(): State
  dispatch(happening: Happening): void
  environment: Environment
  /** Calls back on the user's activity; gives what stops it. */
  watchActivity(clock: Clock, environment: Environment, onActive: () => void): () => void
}

/** Holds the session to its limits. */
export interface LimitKeeper {
  /** Warns and signs out, as is due. */
  judge(): void
  /** When there is something to judge next, in page time. */
  nextAt(): number
  /** When the first limit ends the session, in page time. */
  endsAt(): number
  /** The user is there; which does not bring back what has ended. */
  beActive(): void
  /** Takes the user's activity for that, where the policy cares. Returns what stops it. */
  watch(): () => void
}

export function createLimitKeeper(dependencies: LimitKeeperDependencies): LimitKeeper {
  const { clock, policy, transport, state, dispatch } = dependencies
  const limits = (): Limits => (liveSession(state()) ? limitsOf(state().ledger, policy) : {})

  function judgeNow(): void {
    const now = clock.now()
    const due = limits()
    const verdict = judge(due, now)
    if (verdict === 'warn') {
      dispatch({ type: 'idle-warning', idleEndsAt: (due.idleEndsAt ?? now) - lagMsOf(clock) })
    } else if (verdict !== 'ok')
      dispatch({ type: 'signed-out', reason: verdict, now, revocable: transport.revoke !== undefined })
  }

  function beActive(): void {
    judgeNow()
    dispatch({ type: 'active', now: clock.now() })
  }

  return {
    judge: judgeNow,
    nextAt() {
      const never = Number.POSITIVE_INFINITY
      const { sessionEndsAt = never, idleEndsAt = never, idleWarningAt = never } = limits()
      return Math.min(sessionEndsAt, state().idleWarning ? idleEndsAt : idleWarningAt)
    },
    endsAt: () => endsAt(limits()),
    beActive,
    watch() {
      if (policy.idleTimeoutMs === undefined) return () => {}
      return dependencies.watchActivity(clock, dependencies.environment, beActive)
    },
  }
}
