import { emit, type Transition } from './actions.ts'
import type { State } from './state.ts'

/** The user is there. */
export function beActive(state: State, now: number): Transition {
  const { ledger, idleWarning } = state
  if (!ledger || ledger.signedOut || ledger.lastActivityAt >= now) return [state, []]
  return [
    { ...state, ledger: { ...ledger, activities: ledger.activities + 1, lastActivityAt: now }, idleWarning: false },
    [
      { type: 'write-ledger' },
      { type: 'publish', tokens: false },
      ...(idleWarning ? [emit({ type: 'idle-cleared' })] : []),
    ],
  ]
}
