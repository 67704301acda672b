import type { Breakage } from './breakage.ts'

/** Rules about what has to outlive a page, each taken away. */
export const DURABILITY_BREAKAGES: readonly Breakage[] = [
  {
    name: 'what a full storage refused is not written again',
    invariant: 'I5',
    story: 'full-storage',
    file: 'sdk/src/runtime/persistence.ts',
    find: 'if (ledger && (isStale || unwritten)) put(ledger)',
    replace: 'if (ledger && isStale) put(ledger)',
  },
  {
    name: 'only the page that made a session stores it',
    invariant: 'I2',
    seed: 80,
    file: 'sdk/src/runtime/persistence.ts',
    find: 'if (session && joinSessions(there, session) !== there) write(session)',
    replace: '',
  },
  {
    name: 'a shared store is asked only by a page that knows it is behind',
    invariant: 'I1',
    story: 'cleared-ledger',
    file: 'sdk/src/runtime/peers.ts',
    find: 'else if (isShared && !isHung) isHung = await loadInTime(HUNG_MS)',
    replace: '',
  },
  {
    name: 'a page that falls asleep as it looks again keeps the lock',
    invariant: 'I3',
    story: 'sleeper-with-lock',
    file: 'sdk/src/runtime/refresher.ts',
    find: 'await Promise.race([lookAgain(), left])',
    replace: 'await lookAgain()',
  },
  {
    name: 'a marker that has not changed counts as an answer',
    invariant: 'I1',
    seed: 67,
    file: 'sdk/src/session/refresh-plan.ts',
    find: ' && marker !== attempt.marker',
    replace: '',
  },
  {
    name: 'the refresh after a repeated one draws a new key',
    invariant: 'I1',
    story: 'late-answer',
    file: 'sdk/src/session/refresh-plan.ts',
    find: "endpoint.refreshTokenIn === 'cookie' && newest?.repeats ? newest.key : undefined",
    replace: 'undefined',
  },
]
