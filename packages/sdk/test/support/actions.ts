import fc from 'fast-check'
import type { Action, RefreshTarget } from '../../src/session/actions.ts'
import { mayCommit } from '../../src/session/fencing.ts'
import { transition } from '../../src/session/reducer.ts'
import type { State } from '../../src/session/state.ts'
import type { Attempt, Session } from '../../src/types.ts'
import { attempt, generation, identity, instant, ledger, session } from './replicas.ts'
import { NOON } from './sessions.ts'

const target: fc.Arbitrary<RefreshTarget> = fc
  .record({ identity, generation, known: generation, over: fc.boolean() })
  .map(({ identity, ...members }) => ({ ...identity, ...members }))
const error = fc.constantFrom('network', 'http_503', 'invalid_grant', 'expired')
const from = fc.constantFrom('peer', 'ledger', 'store')
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })

export const learned = fc.record({
  type: fc.constant('remote-state'),
  from,
  ledger: maybe(ledger),
  session: maybe(session),
})

export const failed = fc.record({
  type: fc.constant('failed'),
  target,
  attempt,
  error,
  durationMs: fc.constant(9),
  now: instant,
})

export const revokedBy = fc.constantFrom(undefined, 'token' as const, 'name' as const, 'cookie' as const)

const signedOut = fc.record({
  type: fc.constant('signed-out'),
  reason: fc.constantFrom('user', 'idle', 'session-limit'),
  now: instant,
  revokedBy,
})

/** An answer that came: what it would be committed as, and what it spent. */
export interface Answer {
  type: 'answered'
  session: Session
  target: RefreshTarget
  attempt: Attempt
  now: number
}

export const answered: fc.Arbitrary<Answer> = fc.record({ target, session, attempt, now: instant }).map((given) => ({
  type: 'answered',
  ...given,
  // As the refresher makes it: the next generation, or a sign-in of its own where the session was over.
  session: given.target.over
    ? { ...given.session, epoch: given.target.epoch + 1, sid: `${given.target.sid}+`, generation: 1 }
    : { ...given.session, epoch: given.target.epoch, sid: given.target.sid, generation: given.target.generation + 1 },
}))

export const action: fc.Arbitrary<Action | Answer> = fc.oneof(
  learned,
  learned,
  answered,
  failed,
  signedOut,
  fc.record({ type: fc.constant('phase'), phase: fc.constantFrom('restoring', 'overdue', 'ready') }),
  session.map((made): Action => ({ type: 'signed-in', session: made, now: made.committedAt })),
  fc.record({ type: fc.constant('attempted'), attempt, trigger: fc.constantFrom('timer', 'request'), now: instant }),
  fc.record({ type: fc.constant('rejected'), target, attempt, error, durationMs: fc.constant(9), now: instant }),
  fc.constantFrom<Action>(
    { type: 'unrefreshable' },
    { type: 'refresh-settled' },
    { type: 'revoked', of: { epoch: 1, sid: 'a' }, generation: 1 },
    { type: 'revocation-lost', of: { epoch: 1, sid: 'b' } },
    { type: 'sign-in-begun', revokedBy: 'cookie' },
    { type: 'acknowledged' },
    { type: 'online', online: false, now: NOON },
    { type: 'online', online: true, now: NOON },
  ),
  fc.record({ type: fc.constant('active'), now: instant }),
  fc.record({ type: fc.constant('unauthorized'), sid: fc.constantFrom('a', 'b', 'c'), now: instant }),
  fc.record({ type: fc.constant('idle-warning'), idleEndsAt: instant }),
)

/** What the state becomes; an answer is committed only where it may be. */
export function step(state: State, next: Action | Answer) {
  if (next.type !== 'answered') return transition(state, next)
  const { target, ...answer } = next
  return mayCommit(state, target) ? transition(state, { ...answer, type: 'committed' }) : ([state, []] as const)
}
