import type { Breakage } from './breakage.ts'

/** Rules that hold tabs together where there are no Web Locks, each taken away. */
export const UNLOCKED_BREAKAGES: readonly Breakage[] = [
  {
    name: 'attempts are not claimed without locks',
    invariant: 'I1',
    seed: 9,
    hasLocks: false,
    file: 'sdk/src/runtime/refresher.ts',
    find: 'claims ? await claims.claim(lockName(target), plan.number, refreshTimeoutMs) : plan.number',
    replace: 'plan.number',
  },
  {
    name: 'what another page has sent is not waited for without locks',
    invariant: 'I1',
    seed: 41,
    hasLocks: false,
    file: 'sdk/src/runtime/refresher.ts',
    find: 'const unlocked = claims &&',
    replace: 'const unlocked = undefined &&',
  },
  {
    name: 'only the leader acts without locks',
    invariant: 'I3',
    seed: 7,
    hasLocks: false,
    file: 'sdk/src/runtime/refresher.ts',
    find: "!hasAsked && !crossTab.leadership.isFirst && trigger !== 'restore'",
    replace: '!crossTab.leadership.isFirst',
  },
  {
    name: 'the refresh after a token that came too late draws a new key',
    invariant: 'I1',
    story: 'hung-repetition',
    file: 'sdk/src/runtime/sender.ts',
    find: 'transport.idempotentRefresh && !attempt.short ? attempt.key : random.id()',
    replace: 'random.id()',
  },
]
