import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sameSession } from '../../src/session/merge.ts'
import { DEFAULT_POLICY } from '../../src/session/policy.ts'
import { transition } from '../../src/session/reducer.ts'
import { snapshotOf } from '../../src/session/snapshot.ts'
import { initialState, liveSession, type State } from '../../src/session/state.ts'
import { action, answered, failed, learned, revokedBy, step } from '../support/actions.ts'
import { ledger, session } from '../support/replicas.ts'
import { NOON } from '../support/sessions.ts'

const story = fc.array(action, { maxLength: 30 })
const start = initialState(true, 'loading')
const endpoint = { refreshTokenIn: 'body', accessTokenIn: 'header', idempotentRefresh: false } as const
const reached = story.map((all) => all.reduce((state: State, next) => step(state, next)[0], start))

const check = (property: fc.IProperty<unknown>) => fc.assert(property, { numRuns: 3_000 })

describe('whatever happens to a page', () => {
  it('it has no session that its ledger says has ended', () => {
    check(
      fc.property(reached, ({ ledger, session }) => {
        if (ledger?.signedOut && sameSession(ledger, session)) expect(session).toBeUndefined()
      }),
    )
  })

  it('no token is in what it tells, shows, or writes to the ledger', () => {
    check(
      fc.property(reached, action, (before, next) => {
        const [state, effects] = step(before, next)
        const told = effects.filter(({ type }) => type === 'emit' || type === 'ended')
        const shown = snapshotOf(state, { policy: DEFAULT_POLICY, endpoint, lagMs: 0 })
        expect(JSON.stringify([told, shown, state.ledger])).not.toContain('SECRET')
      }),
    )
  })

  it('scenario 26: an attempt that failed signs nobody out', () => {
    check(
      fc.property(reached, failed, (before, next) => {
        const [state, effects] = step(before, next)
        expect(liveSession(state)).toBe(liveSession(before))
        expect(effects.map(({ type }) => type)).not.toContain('ended')
      }),
    )
  })

  it('it is told of each end of its session once, and of no other', () => {
    check(
      fc.property(reached, action, (before, next) => {
        fc.pre(next.type !== 'signed-out' && next.type !== 'answered')
        const [state, effects] = step(before, next)
        const ends = effects.filter(({ type }) => type === 'ended')
        // A page that waits for the tokens of another sign-in keeps its own until it knows.
        const had =
          liveSession(before) ?? (before.identityChanged || before.phase === 'loading' ? undefined : before.session)
        const over = had !== undefined && state.session === undefined && !state.identityChanged
        // Of a session that is only known of it may hear as well that it is over.
        if (over || (next.type !== 'rejected' && next.type !== 'unrefreshable')) expect(ends).toHaveLength(over ? 1 : 0)
      }),
    )
  })

  it('scenario 21: what it knows already changes nothing and is told to nobody', () => {
    check(
      fc.property(reached, learned, (before, next) => {
        const [once] = transition(before, next)
        const [twice, effects] = transition(once, structuredClone(next))
        expect(twice).toEqual(once)
        expect(effects.filter(({ type }) => type !== 'clear-store')).toEqual([])
      }),
    )
  })

  it('its generation never goes down within a sign-in that goes on', () => {
    check(
      fc.property(reached, action, (before, next) => {
        // An answer to the present generation; a late one is its own test.
        fc.pre(next.type !== 'answered' || next.target.generation === before.ledger?.generation)
        fc.pre(next.type !== 'signed-in' || !sameSession(before.ledger, next.session))
        const [{ ledger }] = step(before, next)
        // A tombstone of the user is above every generation, its own included.
        if (sameSession(before.ledger, ledger) && !ledger?.signedOut) {
          expect(ledger?.generation).toBeGreaterThanOrEqual(before.ledger?.generation ?? 0)
        }
      }),
    )
  })

  it('its last activity is the newest, and never put off, within a sign-in', () => {
    check(
      fc.property(reached, action, (before, next) => {
        fc.pre(next.type !== 'signed-in' || !sameSession(before.ledger, next.session))
        const [{ ledger }] = step(before, next)
        if (sameSession(before.ledger, ledger)) {
          expect(ledger?.activities).toBeGreaterThanOrEqual(before.ledger?.activities ?? 0)
          if (ledger?.activities !== before.ledger?.activities) return
          expect(ledger?.lastActivityAt).toBeLessThanOrEqual(before.ledger?.lastActivityAt ?? 0)
        }
      }),
    )
  })
})

it('scenario 18: after a sign-out nothing that is learned or answered late brings that session back', () => {
  const late = fc.array(
    fc.oneof(
      learned,
      answered,
      failed,
      ledger.map(
        ({ epoch, sid, generation: at }) => ({ type: 'revoked', of: { epoch, sid }, generation: at }) as const,
      ),
    ),
    {
      maxLength: 12,
    },
  )
  check(
    fc.property(reached, fc.tuple(session, revokedBy), late, (before, [made, by], news) => {
      const [signedIn] = transition(before, { type: 'signed-in', session: made, now: NOON })
      const [out] = transition(signedIn, { type: 'signed-out', reason: 'user', now: NOON, revokedBy: by })
      for (let state = out, i = 0; i < news.length; i++) {
        const next = news[i]
        if (next) [state] = step(state, next)
        const live = liveSession(state)
        expect(live && sameSession(live, made)).toBeFalsy()
      }
    }),
  )
})
