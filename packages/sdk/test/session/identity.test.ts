import { describe, expect, it } from 'vitest'
import { isForeign, ownedBy } from '../../src/session/identity.ts'
import { acknowledge, mergeRemote } from '../../src/session/merge-remote.ts'
import { initialState, statusOf } from '../../src/session/state.ts'
import { aLedger, aSession, signedIn } from '../support/sessions.ts'
import { after, committed } from '../support/transitions.ts'

const another = aSession({ epoch: 2, sid: 't' })
const amaras = { ...another, subject: 'amara' }
const bos = { ...another, subject: 'bo' }
const signedOut = { ...initialState(true, 'ready'), sid: 's' }

describe('scenario 44: a sign-in in another tab', () => {
  it.each([
    ['of another user', { subject: 'amara' }, bos],
    ['of an unknown user', { subject: 'amara' }, another],
    ['beside the page of an unknown user', {}, amaras],
    ['of an unknown user beside the page of another', {}, another],
  ])('%s is another user’s', (_, page, session) => {
    expect(isForeign(signedIn(page), session)).toBe(true)
    const [state] = mergeRemote(signedIn(page), { type: 'remote-state', from: 'peer', session })
    expect(statusOf(state)).toBe('identity-changed')
  })

  it('of the same user goes on', () => {
    const [state] = mergeRemote(signedIn({ subject: 'amara' }), { type: 'remote-state', from: 'peer', session: amaras })
    expect(statusOf(state)).toBe('active')
  })

  it('of an unknown user signs in a page that has no session, and no page of another user', () => {
    expect(isForeign(signedOut, another)).toBe(false)
    expect(isForeign({ ...signedOut, subject: 'amara' }, another)).toBe(false)
    expect(isForeign({ ...signedOut, subject: 'amara' }, bos)).toBe(true)
  })

  it('is another user’s beside a page that the server made for a login, also one that ended before its tokens came', () => {
    const ledger = aLedger({ generation: 0 })
    const awaiting = { ...initialState(true, 'overdue'), sid: 's', ledger }
    expect(isForeign(awaiting, another)).toBe(true)
    const signedOut = { reason: 'refresh-rejected', at: ledger.signedInAt, generation: 0 } as const
    expect(isForeign({ ...awaiting, ledger: { ...ledger, signedOut } }, another)).toBe(true)
  })

  it('that is newer than what a page finds as it opens is the one that it belongs to', () => {
    expect(isForeign(signedIn({ phase: 'loading' }), another)).toBe(false)
  })

  it('that the endpoint gives this page does not go on either', () => {
    const seeking = signedIn({ phase: 'restoring', ledger: aLedger({ epoch: 2, sid: 't' }) })
    expect(statusOf(after(seeking, committed(another)))).toBe('identity-changed')
    const changed = signedIn({ ledger: aLedger({ epoch: 2, sid: 't' }), session: another, identityChanged: true })
    expect(statusOf(after(changed, committed({ ...another, generation: 2 })))).toBe('identity-changed')
  })
})

describe('scenario 44: a call', () => {
  it('goes on with the next generation, and with the next sign-in of the same user', () => {
    expect(ownedBy(signedIn(), aSession({ generation: 2 })).identity).toBe(0)
    expect(ownedBy(signedIn({ subject: 'amara' }), amaras).identity).toBe(0)
  })

  it('made before whose page it is was known goes on with what is restored', () => {
    expect(ownedBy(initialState(true, 'restoring'), another)).toEqual({ sid: 't', subject: undefined, identity: 0 })
    expect(ownedBy(signedIn({ phase: 'loading' }), another).identity).toBe(0)
  })

  it('does not go on with a sign-in of another or an unknown user', () => {
    expect(ownedBy(signedIn({ subject: 'amara' }), bos)).toEqual({ sid: 't', subject: 'bo', identity: 1 })
    expect(ownedBy(signedIn({ subject: 'amara' }), another)).toEqual({ sid: 't', subject: undefined, identity: 1 })
    expect(ownedBy(signedOut, another).identity).toBe(1)
  })

  it('does not go on when the app goes on as the other user', () => {
    const [changed] = mergeRemote(signedIn(), { type: 'remote-state', from: 'peer', session: another })
    expect(acknowledge(changed)[0]).toMatchObject({ sid: 't', identity: 1, identityChanged: false })
  })
})
