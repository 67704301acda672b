import { describe, expect, it } from 'vitest'
import { joinLedgers } from '../../src/session/merge.ts'
import { initialState, liveSession, type State } from '../../src/session/state.ts'
import { aLedger, aSession, MINUTE, NOON, SECOND, signedIn } from '../support/sessions.ts'
import { after, events, rejected, signOut, tell, types } from '../support/transitions.ts'

/** Which end the endpoint has heard of. */
function end({ ledger }: State) {
  const { epoch, sid, signedOut } = ledger ?? aLedger()
  return { of: { epoch, sid }, generation: signedOut?.generation }
}

describe('signing out', () => {
  it('scenario 18: clears at once and everywhere, and tells the endpoint where it can be told', () => {
    const session = aSession()
    const [state, effects] = tell(signedIn({ session, idleWarning: true }), signOut({ revokedBy: 'token' }))
    expect(state.session).toBeUndefined()
    expect(state.idleWarning).toBe(false)
    expect(state.ledger).toMatchObject({ revocationPending: true, signedOut: { reason: 'user', generation: 1 } })
    expect(effects.at(-1)).toEqual({
      type: 'revoke',
      ended: { epoch: 1, sid: 's' },
      tokens: { refreshToken: session.refreshToken, accessToken: session.accessToken },
      isOwn: true,
    })
    expect(events(effects).map(({ type }) => type)).toEqual(['idle-cleared', 'signed-out'])
  })

  it('twice is once', () => {
    const out = after(signedIn(), signOut())
    expect(tell(out, signOut({ reason: 'idle' }))).toEqual([out, []])
  })

  it('again is above the end before, which the endpoint may have heard of', () => {
    const out = after(signedIn(), signOut({ revokedBy: 'token' }))
    const told = after(out, { type: 'revoked', ...end(out) })
    const again = after({ ...told, phase: 'restoring' }, signOut({ revokedBy: 'cookie' }))
    expect(joinLedgers(told.ledger, again.ledger)).toEqual(again.ledger)
    expect(again.ledger?.revocationPending).toBe(true)
  })

  it('by the user is above a rejection', () => {
    const state = after(signedIn(), rejected(), signOut())
    expect(state.ledger?.signedOut?.reason).toBe('user')
  })

  it('scenario 36: in the middle of a restore ends even a session that had ended', () => {
    const ended = aLedger({ signedOut: { reason: 'user', at: NOON - 1, generation: 1 }, revocationPending: false })
    const restoring: State = { ...initialState(true, 'restoring'), ledger: ended }
    const state = after(restoring, signOut({ revokedBy: 'cookie' }))
    expect(state.ledger).toMatchObject({ revocationPending: true, signedOut: { at: NOON } })
  })

  it('the endpoint is owed nothing once it has heard', () => {
    const out = after(signedIn(), signOut({ revokedBy: 'token' }))
    const [told, effects] = tell(out, { type: 'revoked', ...end(out) })
    expect(told.ledger?.revocationPending).toBe(false)
    expect(types(effects)).toEqual(['publish', 'write-ledger'])
    expect(tell(told, { type: 'revoked', ...end(told) })).toEqual([told, []])
  })
})

describe('losing the session here', () => {
  it.each([
    ['what is left was spent', 'SECRET', 'refresh-rejected'],
    ['there never was a refresh token', undefined, 'refresh-expired'],
  ])('because %s', (_name, refreshToken, reason) => {
    const { refreshToken: _, ...session } = aSession()
    const state = signedIn({ session: { ...session, ...(refreshToken && { refreshToken }) } })
    const [lost, effects] = tell(state, { type: 'unrefreshable' })
    expect(liveSession(lost)).toBeUndefined()
    expect(lost.ledger?.signedOut).toBeUndefined()
    expect(events(effects)).toEqual([{ type: 'signed-out', reason }])
  })

  it('a page that has none loses none', () => {
    expect(types(tell(initialState(true, 'restoring'), { type: 'unrefreshable' })[1])).toEqual([])
  })
})

describe('activity', () => {
  it('scenario 29: clears the warning and is told to all', () => {
    const [state, effects] = tell(
      signedIn(),
      { type: 'idle-warning', idleEndsAt: NOON + MINUTE },
      { type: 'active', now: NOON + SECOND },
    )
    expect(state).toMatchObject({ idleWarning: false, ledger: { lastActivityAt: NOON + SECOND } })
    expect(types(effects)).toEqual(['write-ledger', 'publish', 'emit'])
    expect(events(effects)).toEqual([{ type: 'idle-cleared' }])
  })

  it.each([
    ['that is older than what is known', signedIn(), NOON],
    ['without a session', initialState(true, 'ready'), NOON + 1],
    ['after the end', after(signedIn(), signOut()), NOON + 1],
  ])('%s counts for nothing', (_name, state, now) => {
    expect(tell(state, { type: 'active', now })).toEqual([state, []])
  })

  it('scenario 29: that another page saw clears the warning here', () => {
    const warned = after(signedIn(), { type: 'idle-warning', idleEndsAt: NOON + MINUTE })
    const ledger = aLedger({ activities: 1, lastActivityAt: NOON + SECOND })
    const [state, effects] = tell(warned, { type: 'remote-state', from: 'peer', ledger })
    expect(state.idleWarning).toBe(false)
    expect(events(effects)).toEqual([{ type: 'idle-cleared' }])
  })

  it('a new sign-in starts without a warning', () => {
    const warned = after(signedIn(), { type: 'idle-warning', idleEndsAt: NOON + MINUTE })
    const session = aSession({ epoch: 2, sid: 't' })
    expect(after(warned, { type: 'signed-in', session, now: NOON }).idleWarning).toBe(false)
  })

  it('warns once', () => {
    const warned = after(signedIn(), { type: 'idle-warning', idleEndsAt: NOON })
    expect(tell(warned, { type: 'idle-warning', idleEndsAt: NOON })).toEqual([warned, []])
  })
})

it('scenario 39: a page of another subject does not end the session that is not its own', () => {
  const changed = { ...signedIn(), identityChanged: true }
  expect(tell(changed, signOut())).toEqual([changed, []])
})

it('scenario 36: the endpoint has not heard of a sign-out because it heard of the one before', () => {
  const before = after(signedIn(), signOut({ revokedBy: 'token' }))
  const again = after(
    before,
    { type: 'signed-in', session: aSession({ epoch: 2, sid: 't' }), now: NOON },
    signOut({ revokedBy: 'token' }),
  )
  expect(after(again, { type: 'revoked', ...end(before) }).ledger?.revocationPending).toBe(true)
})
