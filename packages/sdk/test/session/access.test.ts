import { describe, expect, it } from 'vitest'
import { isTokenManagerError } from '../../src/errors.ts'
import { accessFor, type Need, refusal } from '../../src/session/access.ts'
import { DEFAULT_POLICY } from '../../src/session/policy.ts'
import { initialState, type State } from '../../src/session/state.ts'
import { aLedger, aSession, MINUTE, NOON, SECOND, signedIn } from '../support/sessions.ts'

const ask = (state: State, need: Partial<Need> = {}, now = NOON) =>
  accessFor(state, { identity: 0, ...need }, { now, isInDoubt: false, lead: DEFAULT_POLICY.refreshLead })
const { accessToken } = aSession()
const granted = { kind: 'granted', identity: 0, sid: 's', generation: 1, accessToken }

describe('what a call gets', () => {
  it('the token, until 5 s before it expires', () => {
    expect(ask(signedIn())).toEqual(granted)
    expect(ask(signedIn(), {}, NOON + 15 * MINUTE - 5 * SECOND - 1)).toEqual(granted)
    expect(ask(signedIn(), {}, NOON + 15 * MINUTE - 5 * SECOND)).toEqual({ kind: 'wait' })
  })

  it('scenario 37: no token while it is not known whether a limit has passed', () => {
    const context = { now: NOON, isInDoubt: true, lead: DEFAULT_POLICY.refreshLead }
    expect(accessFor(signedIn(), { identity: 0 }, context)).toEqual({ kind: 'wait' })
  })

  it('as much validity as it asks for', () => {
    expect(ask(signedIn(), { minValidityMs: 0 }, NOON + 15 * MINUTE - 1)).toEqual(granted)
    expect(ask(signedIn(), { minValidityMs: 5 * MINUTE }, NOON + 10 * MINUTE).kind).toBe('wait')
  })

  it.each([Number.NaN, -1_000_000])('never an expired token, even if it asks for a validity of %s', (minValidityMs) => {
    expect(ask(signedIn(), { minValidityMs }, NOON + 16 * MINUTE).kind).toBe('wait')
  })

  it('no token where that is a cookie', () => {
    const { accessToken: _, ...session } = aSession()
    expect(ask(signedIn({ session }))).not.toHaveProperty('accessToken')
    expect(ask(signedIn({ session })).kind).toBe('granted')
  })

  it('scenario 16: a token that was replaced, but not the one that was refused', () => {
    expect(ask(signedIn(), { newerThan: { sid: 's', generation: 1 } }).kind).toBe('wait')
    expect(
      ask(signedIn({ session: aSession({ generation: 2 }) }), { newerThan: { sid: 's', generation: 1 } }).kind,
    ).toBe('granted')
    expect(ask(signedIn(), { newerThan: { sid: 'older', generation: 9 } }).kind).toBe('granted')
  })

  it.each(['loading', 'restoring', 'overdue'] as const)('scenario 42: waits while %s', (phase) => {
    expect(ask(initialState(true, phase))).toEqual({ kind: 'wait' })
  })
})

describe('what a call is refused with', () => {
  it('there is no session, and why', () => {
    const ended = aLedger({ signedOut: { reason: 'idle', at: NOON, generation: 1 } })
    expect(ask({ ...initialState(true, 'ready'), ledger: ended })).toEqual({
      kind: 'refused',
      code: 'signed_out',
      reason: 'idle',
    })
    expect(ask(initialState(true, 'ready'))).toMatchObject({ reason: 'no-session' })
  })

  it.each([
    ['another tab signed in as someone else', signedIn({ identityChanged: true })],
    ['this page did', signedIn({ identity: 1 })],
    ['and has signed out since', { ...initialState(true, 'ready'), identity: 1 }],
  ])('scenario 24: %s', (_name, state) => {
    expect(ask(state)).toEqual({ kind: 'refused', code: 'identity_changed' })
  })

  it('as an error with its code', () => {
    const error = refusal({ kind: 'refused', code: 'signed_out', reason: 'idle' })
    expect(isTokenManagerError(error)).toBe(true)
    expect(error).toMatchObject({ code: 'signed_out', reason: 'idle' })
    expect(refusal({ kind: 'refused', code: 'identity_changed' }).code).toBe('identity_changed')
  })
})
