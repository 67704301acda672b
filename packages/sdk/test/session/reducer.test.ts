import { describe, expect, it } from 'vitest'
import type { Effect } from '../../src/session/actions.ts'
import { mayCommit, mayRestore } from '../../src/session/fencing.ts'
import { initialState, liveSession, type State, statusOf } from '../../src/session/state.ts'
import { aLedger, anAttempt, aSession, MINUTE, NOON, SECOND, signedIn } from '../support/sessions.ts'
import { after, committed, events, failed, rejected, signOut, target, tell, types } from '../support/transitions.ts'

describe('signing in', () => {
  it('begins a session of this subject, whoever the page belonged to before', () => {
    const begun = { signedInAt: NOON + 5, lastActivityAt: NOON + 5 }
    const session = aSession({ epoch: 2, sid: 't', subject: 'bo', ...begun })
    const [state, effects] = tell(signedIn({ subject: 'amara', identityChanged: true }), {
      type: 'signed-in',
      session,
      now: NOON + 5,
    })
    expect(state).toMatchObject({ session, subject: 'bo', identityChanged: false, phase: 'ready' })
    expect(state.ledger).toEqual(aLedger({ epoch: 2, sid: 't', ...begun }))
    expect(types(effects)).toEqual(['publish', 'save', 'write-ledger', 'emit'])
    expect(events(effects)).toEqual([{ type: 'signed-in', subject: 'bo' }])
  })
})

describe('an attempt', () => {
  it('scenario 33: stands in the ledger before anything is sent', () => {
    const [state, effects] = tell(signedIn(), { type: 'attempted', attempt: anAttempt(), trigger: 'timer', now: NOON })
    expect(state).toMatchObject({ refreshing: true, ledger: { attempt: anAttempt() } })
    expect(types(effects)[0]).toBe('write-ledger')
    expect(events(effects)).toEqual([{ type: 'refresh-started', trigger: 'timer', attempt: 1 }])
  })

  it('that brings tokens makes the next generation and ends the degraded state', () => {
    const [state, effects] = tell(signedIn(), failed, committed())
    expect(state).toMatchObject({ session: { generation: 2 }, ledger: { generation: 2 } })
    expect(state.lastRefreshError).toBeUndefined()
    expect(statusOf(state)).toBe('active')
    expect(events(effects)).toEqual([{ type: 'refreshed', durationMs: 40, accessLifetimeMs: 15 * MINUTE }])
  })

  it('that brings tokens is settled, unless it is another page’s', () => {
    const own = signedIn({ ledger: aLedger({ attempt: anAttempt() }) })
    expect(after(own, committed()).ledger?.attempt?.expiresAt).toBe(NOON)
    const others = signedIn({ ledger: aLedger({ attempt: anAttempt({ by: 'other', number: 2 }) }) })
    expect(after(others, committed()).ledger?.attempt?.expiresAt).toBe(NOON + MINUTE)
  })

  it('that repeats another leaves that time to arrive', () => {
    const repeating = signedIn({ ledger: aLedger({ attempt: anAttempt({ repeats: true }) }) })
    expect(after(repeating, committed()).ledger?.attempt?.expiresAt).toBe(NOON + 2 * SECOND)
  })

  it('scenario 12: tells the other pages of its tokens, and of them alone when they are new', () => {
    const told = (effects: readonly Effect[]) =>
      effects.flatMap((effect) => (effect.type === 'publish' ? [effect.tokens] : []))
    expect(told(tell(signedIn(), committed())[1])).toEqual([true])
    for (const next of [failed, rejected(), signOut()]) expect(told(tell(signedIn(), next)[1])).toEqual([false])
    expect(told(tell(signedIn(), { type: 'active', now: NOON + SECOND })[1])).toEqual([false])
  })

  it('that fails keeps the session, degraded, and says when the next is due', () => {
    const [state, effects] = tell(signedIn({ refreshing: true }), failed)
    expect(state).toMatchObject({ refreshing: false, lastRefreshError: 'http_503', session: aSession() })
    expect(statusOf(state)).toBe('degraded')
    expect(events(effects)).toEqual([
      { type: 'refresh-failed', error: 'http_503', final: false, retryInMs: SECOND, durationMs: 40 },
    ])
  })

  it('that ends with nothing is no longer shown', () => {
    expect(after(signedIn({ refreshing: true }), { type: 'refresh-settled' }).refreshing).toBe(false)
  })
})

describe('a rejection', () => {
  it('ends the session for all pages, once', () => {
    const [state, effects] = tell(signedIn(), rejected())
    expect(state.ledger?.signedOut).toEqual({ reason: 'refresh-rejected', at: NOON, generation: 1 })
    expect(state.session).toBeUndefined()
    expect(types(effects)).toEqual(['emit', 'publish', 'write-ledger', 'clear-store', 'emit', 'ended'])
    expect(events(effects)).toEqual([
      { type: 'refresh-failed', error: 'invalid_grant', final: true, durationMs: 40 },
      { type: 'signed-out', reason: 'refresh-rejected' },
    ])
    expect(types(tell(state, rejected())[1])).not.toContain('ended')
  })

  it('scenario 41: that comes late, when there is a newer generation, ends nothing', () => {
    const state = signedIn({ ledger: aLedger({ generation: 2 }), session: aSession({ generation: 2 }) })
    expect(after(state, rejected())).toEqual(state)
  })

  it('scenario 41: that comes late ends nothing, and nobody waits any longer for its attempt', () => {
    const attempt = anAttempt({ expiresAt: NOON + MINUTE })
    const ledger = aLedger({ generation: 2, attempt })
    const [state, effects] = tell(signedIn({ ledger, session: aSession({ generation: 2 }) }), rejected({ attempt }))
    expect(state.ledger).toEqual({ ...ledger, attempt: { ...attempt, expiresAt: NOON } })
    expect(types(effects)).toEqual(['emit', 'write-ledger'])
    const byAnother = { ...ledger, attempt: { ...attempt, by: 'another tab' } }
    const other = signedIn({ ledger: byAnother, session: aSession({ generation: 2 }) })
    expect(after(other, rejected({ attempt }))).toEqual(other)
  })

  it('scenario 41: of another sign-in ends nothing', () => {
    const state = signedIn()
    expect(after(state, rejected({ target: { ...target, epoch: 0, sid: '' } }))).toEqual(state)
  })

  it('scenario 41: is undone by a newer generation that another page got', () => {
    const news = aSession({ generation: 2 })
    const state = after(signedIn(), rejected(), {
      type: 'remote-state',
      from: 'peer',
      ledger: aLedger({ generation: 2 }),
      session: news,
    })
    expect(liveSession(state)).toBe(news)
  })

  it.each([
    ['says so', { error: 'token_expired' }, {}],
    ['the clock says so', {}, { refreshExpiresAt: NOON }],
  ])('is an expiry where the endpoint or %s', (_name, answer, known) => {
    const state = after(signedIn({ session: aSession(known) }), rejected(answer))
    expect(state.ledger?.signedOut?.reason).toBe('refresh-expired')
  })

  it('scenario 13: of a page that knows of no session says that there is none', () => {
    const restoring = initialState(true, 'restoring')
    const [state, effects] = tell(
      restoring,
      { type: 'attempted', attempt: anAttempt({ generation: 0 }), trigger: 'restore', now: NOON },
      rejected({ target: { epoch: 0, sid: '', generation: 0, known: -1, over: false } }),
    )
    expect(statusOf(state)).toBe('signed-out')
    expect(state.ledger?.signedOut).toBeUndefined()
    expect(events(effects).map(({ type }) => type)).toEqual(['refresh-failed'])
  })
})

describe('whether an answer may be committed', () => {
  const ended = (reason: 'user' | 'refresh-rejected', pending?: boolean): State =>
    signedIn({
      ledger: aLedger({
        signedOut: { reason, at: NOON, generation: 1 },
        ...(pending !== undefined && { revocationPending: pending }),
      }),
    })

  it.each([
    ['nothing came between', signedIn(), target, true],
    ['the page knows of no session', initialState(true, 'restoring'), { ...target, epoch: 0, sid: '' }, true],
    ['another page was rejected', ended('refresh-rejected'), target, true],
    ['the user signed out', ended('user'), target, false],
    ['the user signed out, and it was told', ended('user', false), target, false],
    ['the session was over before, and it was told', ended('user', false), { ...target, over: true }, true],
    ['the session was over before, and it was not told', ended('user', true), { ...target, over: true }, false],
    ['somebody signed in', signedIn({ ledger: aLedger({ epoch: 2, sid: 't' }) }), target, false],
  ])('scenario 18: %s', (_name, ...[state, what, expected]) => {
    expect(mayCommit(state, what)).toBe(expected)
  })

  it.each([
    ['known of no session', initialState(true, 'loading'), true],
    ['a live one', signedIn(), true],
    ['one that was rejected', ended('refresh-rejected'), true],
    ['one that the user ended', ended('user'), false],
    ['one whose end has to be told', ended('user', true), false],
    ['one whose end was told', ended('user', false), true],
  ])('scenario 36: a cookie may restore %s: %s', (_name, state, expected) => {
    expect(mayRestore(state)).toBe(expected)
  })
})

describe('an answer that comes late', () => {
  it('scenario 40: does not push aside a newer generation that another page got', () => {
    const newest = aSession({ generation: 3 })
    const ahead = signedIn({ ledger: aLedger({ generation: 3 }), session: newest })
    const state = mayCommit(ahead, target) ? after(ahead, committed()) : ahead
    expect(state).toMatchObject({ session: newest, ledger: { generation: 3 } })
  })

  it('scenario 40: loses to the other successor of its token if that was committed later', () => {
    const other = aSession({ generation: 2, committedAt: NOON + 1, commitId: 'other' })
    const ahead = signedIn({ ledger: aLedger({ generation: 2 }), session: other })
    const state = mayCommit(ahead, target) ? after(ahead, committed()) : ahead
    expect(state.session).toBe(other)
  })

  it('scenario 40: does not set back what the ledger knows', () => {
    const behind = signedIn({ ledger: aLedger({ generation: 3 }) })
    const state = mayCommit(behind, target) ? after(behind, committed()) : behind
    expect(state.ledger?.generation).toBe(3)
  })

  it('a failure of the sign-in before does not degrade the present one', () => {
    const again = after(signedIn(), { type: 'signed-in', session: aSession({ epoch: 2, sid: 't' }), now: NOON })
    expect(statusOf(after(again, failed))).toBe('active')
  })
})

describe('an answer that begins a session', () => {
  it('scenario 34: a cookie that nothing was known of restores', () => {
    const session = aSession({ subject: 'amara' })
    const [state, effects] = tell(initialState(true, 'restoring'), committed(session))
    expect(state).toMatchObject({ session, subject: 'amara', phase: 'ready', ledger: aLedger() })
    expect(events(effects)).toEqual([{ type: 'restored', from: 'cookie', durationMs: 40 }])
  })

  it('scenario 39: a cookie that is somebody else’s by now gives this page nothing', () => {
    const bobs = aSession({ epoch: 2, sid: 't', subject: 'bo' })
    const [state, effects] = tell(signedIn({ subject: 'amara' }), committed(bobs))
    expect(statusOf(state)).toBe('identity-changed')
    expect(liveSession(state)).toBeUndefined()
    expect(state.subject).toBe('amara')
    expect(types(effects)).not.toContain('save')
  })
})
