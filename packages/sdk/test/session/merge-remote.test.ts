import { describe, expect, it } from 'vitest'
import type { Action, RemoteState } from '../../src/session/actions.ts'
import { acknowledge, mergeRemote } from '../../src/session/merge-remote.ts'
import { initialState, liveSession, statusOf } from '../../src/session/state.ts'
import { aLedger, aSession, HOUR, MINUTE, NOON, signedIn } from '../support/sessions.ts'

const news = (
  members: Omit<RemoteState, 'type' | 'from'>,
  from: RemoteState['from'] = 'peer',
): Action & { type: 'remote-state' } => ({
  type: 'remote-state',
  from,
  ...members,
})
const userEnd = { reason: 'user', at: NOON, generation: 1 } as const
const bobs = aSession({ epoch: 2, sid: 't', subject: 'bo' })

describe('what a page learns', () => {
  it('a session alone makes its ledger', () => {
    const [state, effects] = mergeRemote(
      initialState(true, 'loading'),
      news({ session: aSession({ generation: 3 }) }, 'store'),
    )
    expect(state.ledger).toEqual(aLedger({ generation: 3 }))
    expect(effects).toEqual([{ type: 'emit', event: { type: 'restored', from: 'store' } }])
  })

  it('scenario 38: whose limits count from where they were, not from its newest refresh', () => {
    const session = aSession({ signedInAt: NOON - 9 * HOUR, lastActivityAt: NOON - MINUTE, accessIssuedAt: NOON })
    const [state] = mergeRemote(initialState(true, 'loading'), news({ session }, 'store'))
    expect(state.ledger).toMatchObject({ signedInAt: NOON - 9 * HOUR, lastActivityAt: NOON - MINUTE })
  })

  it.each(['restoring', 'overdue'] as const)(
    'scenario 36: that what its cookie might have brought back has ended, %s: it waits no longer',
    (phase) => {
      const ledger = aLedger({ signedOut: { ...userEnd, reason: 'idle' }, revocationPending: true })
      const [state, effects] = mergeRemote(initialState(true, phase), news({ ledger }, 'ledger'))
      expect([state.phase, statusOf(state), effects]).toEqual(['ready', 'signed-out', []])
    },
  )

  it('that it was revoked there leaves the endpoint to be asked: somebody may have signed in since', () => {
    const ledger = aLedger({ signedOut: userEnd, revocationPending: false })
    expect(mergeRemote(initialState(true, 'restoring'), news({ ledger }, 'ledger'))[0].phase).toBe('restoring')
  })

  it('scenario 13: what is learned while nothing was looked at yet leaves the rest to be looked at', () => {
    const [state] = mergeRemote(initialState(true, 'loading'), news({ session: aSession() }))
    expect(state.phase).toBe('loading')
    expect(mergeRemote(initialState(true, 'restoring'), news({ session: aSession() }))[0].phase).toBe('ready')
  })

  it('a newer generation is adopted', () => {
    const session = aSession({ generation: 2 })
    const [state, effects] = mergeRemote(signedIn(), news({ session }))
    expect(state).toMatchObject({ session, ledger: { generation: 2 } })
    expect(effects).toEqual([
      { type: 'save', adopted: true },
      { type: 'emit', event: { type: 'adopted', from: 'peer' } },
    ])
  })

  it('an older generation is not', () => {
    const state = signedIn({ session: aSession({ generation: 2 }), ledger: aLedger({ generation: 2 }) })
    expect(mergeRemote(state, news({ session: aSession() }))).toEqual([state, []])
  })

  it('an earlier sign-in that a page comes back with is not taken up', () => {
    const state = signedIn({ session: bobs, ledger: aLedger({ epoch: 2, sid: 't' }) })
    const { session: _, ...signedOut } = state
    expect(mergeRemote(state, news({ session: aSession({ generation: 9 }) }))).toEqual([state, []])
    expect(mergeRemote(signedOut, news({ session: aSession({ generation: 9 }) }))).toEqual([signedOut, []])
  })

  it('a token that is only known to be spent is still used', () => {
    const [state] = mergeRemote(signedIn(), news({ ledger: aLedger({ generation: 2 }) }))
    expect(liveSession(state)).toEqual(aSession())
  })

  it('scenario 35: a tombstone ends the session before anything else', () => {
    const [state, effects] = mergeRemote(signedIn(), news({ ledger: aLedger({ signedOut: userEnd }) }, 'ledger'))
    expect(state.session).toBeUndefined()
    expect(effects.map(({ type }) => type)).toEqual(['clear-store', 'emit', 'ended', 'ensure-ledger'])
  })

  it('scenario 35: a stored session whose tombstone is known is not restored', () => {
    const knows = { ...initialState(true, 'loading'), ledger: aLedger({ signedOut: userEnd }) }
    const [state, effects] = mergeRemote(knows, news({ session: aSession() }, 'store'))
    expect(state.session).toBeUndefined()
    expect(effects).toEqual([{ type: 'clear-store', adopted: false }])
  })
})

describe('what must not be lost', () => {
  it('scenario 41: a stored session newer than the rejection that the ledger knows of lives', () => {
    const rejected = { reason: 'refresh-rejected', at: NOON, generation: 1 } as const
    const knows = { ...initialState(true, 'loading'), ledger: aLedger({ signedOut: rejected }) }
    const session = aSession({ generation: 2 })
    expect(liveSession(mergeRemote(knows, news({ session }, 'store'))[0])).toBe(session)
  })

  const another = news({ ledger: aLedger({ epoch: 2, sid: 't' }) }, 'ledger')

  it('scenario 39: a sign-in whose tokens are still under way ends nothing, and is not cleared from the store', () => {
    const [state, effects] = mergeRemote(signedIn({ subject: 'amara' }), another)
    expect(statusOf(state)).toBe('starting')
    expect(liveSession(state)).toBeUndefined()
    expect(effects.map(({ type }) => type)).toEqual(['request-session'])
    expect(statusOf(mergeRemote(state, news({ session: bobs }))[0])).toBe('identity-changed')
  })

  it('scenario 12: a page that waits for those tokens hears of the sign-out that comes instead', () => {
    const [seeking] = mergeRemote(signedIn(), another)
    const [state, effects] = mergeRemote(seeking, news({ ledger: aLedger({ epoch: 2, sid: 't', signedOut: userEnd }) }))
    expect(state.session).toBeUndefined()
    expect(effects.map(({ type }) => type)).toContain('ended')
  })
})

describe('another subject', () => {
  it('scenario 24: signing in in another tab takes this page’s session away, and says so', () => {
    const [state, effects] = mergeRemote(signedIn({ subject: 'amara' }), news({ session: bobs }))
    expect(statusOf(state)).toBe('identity-changed')
    expect(liveSession(state)).toBeUndefined()
    expect(effects).toEqual([{ type: 'emit', event: { type: 'identity-changed' } }])
  })

  it('scenario 39: is not told of again with each of its refreshes', () => {
    const [changed] = mergeRemote(signedIn({ subject: 'amara' }), news({ session: bobs }))
    const [state, effects] = mergeRemote(changed, news({ session: { ...bobs, generation: 2 } }))
    expect(statusOf(state)).toBe('identity-changed')
    expect(effects).toEqual([])
  })

  it('is taken over once the app says so', () => {
    const [changed] = mergeRemote(signedIn({ subject: 'amara' }), news({ session: bobs }))
    const [state] = acknowledge(changed)
    expect(state).toMatchObject({ subject: 'bo', identityChanged: false })
    expect(liveSession(state)).toBe(bobs)
    expect(acknowledge(state)).toEqual([state, []])
  })

  it('that has signed out again leaves nothing to take over', () => {
    const [changed] = mergeRemote(signedIn({ subject: 'amara' }), news({ session: bobs }))
    const [ended] = mergeRemote(changed, news({ ledger: aLedger({ epoch: 2, sid: 't', signedOut: userEnd }) }))
    expect(statusOf(acknowledge(ended)[0])).toBe('signed-out')
  })
})
