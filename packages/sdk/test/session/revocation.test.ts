import { describe, expect, it } from 'vitest'
import type { Action, RevokedBy } from '../../src/session/actions.ts'
import { planRevocation } from '../../src/session/revocation.ts'
import type { Ledger } from '../../src/types.ts'
import { aLedger, aSession, NOON, signedIn } from '../support/sessions.ts'
import { after, events, signOut, target, tell } from '../support/transitions.ts'

const next = (by?: RevokedBy, members = {}): Action => ({
  type: 'signed-in',
  session: aSession({ epoch: 2, sid: 't', ...members }),
  now: NOON,
  revokedBy: by,
})
const asked = (effects: ReturnType<typeof tell>[1]) =>
  effects.flatMap((effect) => (effect.type === 'revoke' ? [effect.ended.sid] : []))
const named = signedIn({ ledger: aLedger({ sessionId: 'one' }), session: aSession({ sessionId: 'one' }) })
const LOST = { type: 'revocation-lost' }

describe('signing in over a session that lives', () => {
  it.each([
    { how: 'by a token in the body', state: signedIn(), by: 'token', revoked: ['s'], told: [] },
    { how: 'by its name', state: named, by: 'name', revoked: ['s'], told: [] },
    { how: 'with a name that there is none of', state: signedIn(), by: 'name', revoked: [], told: [LOST] },
    {
      how: 'by a cookie, which is the new one',
      state: named,
      by: 'cookie',
      revoked: [],
      told: [{ ...LOST, sessionId: 'one' }],
    },
    { how: 'at an endpoint that hears of none', state: signedIn(), by: undefined, revoked: [], told: [] },
  ] as const)('asks for its revocation, or says that it is lost: $how', ({ state, by, revoked, told }) => {
    const [, effects] = tell(state, next(by))
    expect(asked(effects)).toEqual(revoked)
    expect(events(effects).filter(({ type }) => type === LOST.type)).toEqual(told)
  })

  it.each([
    ['the server calls both the same', named, { sessionId: 'one' }],
    ['the refresh token is the same', signedIn(), { refreshToken: aSession().refreshToken }],
  ])('revokes nothing where %s: the new tokens would go, too', (_, state, members) => {
    expect(asked(tell(state, next('token', members))[1])).toEqual([])
  })

  it('leaves it to a tab that hears of it to take over with the tokens that it has', () => {
    const { session, ledger: made } = after(signedIn(), next('token'))
    const ledger = made as Ledger
    expect(ledger.owed).toEqual([{ epoch: 1, sid: 's' }])
    const [, effects] = tell(signedIn(), { type: 'remote-state', from: 'peer', ledger, session })
    expect(effects.at(-1)).toMatchObject({ type: 'revoke', ended: { sid: 's' }, isOwn: false })
    const told: Ledger = { ...ledger, owed: [{ epoch: 1, sid: 's', settled: 'told' }] }
    expect(asked(tell(signedIn(), { type: 'remote-state', from: 'peer', ledger: told, session })[1])).toEqual([])
  })
})

describe('another sign-in of the same moment, which counts', () => {
  const rival = (members = {}): Action => {
    const session = aSession({ sid: 't', commitId: 't', refreshToken: 'of the other', ...members })
    return { type: 'remote-state', from: 'peer', ledger: aLedger({ ...members, sid: 't' }), session }
  }

  it('has the tokens of this one revoked, and the ledger says so', () => {
    const [state, effects] = tell(signedIn(), rival())
    expect(state.ledger?.owed).toEqual([{ epoch: 1, sid: 's' }])
    expect(effects.slice(-3)).toMatchObject([{ type: 'publish' }, { type: 'write-ledger' }, { type: 'revoke' }])
  })

  it('leaves alone what the server goes on with', () => {
    expect(asked(tell(named, rival({ sessionId: 'one' }))[1])).toEqual([])
    expect(asked(tell(signedIn(), rival({ refreshToken: aSession().refreshToken }))[1])).toEqual([])
  })

  it('does not know whether that is so before its tokens come', () => {
    const told = { type: 'remote-state', from: 'ledger', ledger: aLedger({ sid: 't' }) } as const
    expect(asked(tell(signedIn(), told)[1])).toEqual([])
    expect(asked(tell(signedIn(), told, rival())[1])).toEqual(['s'])
  })

  it('keeps in the ledger what this one knew to be owed', () => {
    const owed = [{ epoch: 0, sid: 'r' }]
    const { ledger } = after(signedIn({ ledger: aLedger({ owed }) }), rival())
    expect(ledger?.owed).toEqual([{ epoch: 1, sid: 's' }, ...owed])
  })
})

describe('signing in while a sign-out is still to be told', () => {
  it('remembers that, also over the sign-in after it, and until the endpoint has heard', () => {
    const again = after(signedIn(), signOut({ revokedBy: 'token' }), next('token'))
    expect(again.ledger?.owed).toEqual([{ epoch: 1, sid: 's' }])
    const third = next('token', { epoch: 3, sid: 'u', refreshToken: aSession({ sid: 't' }).refreshToken })
    const later = after(again, third)
    expect(later.ledger?.owed).toEqual([{ epoch: 1, sid: 's' }])
    const told = after(later, { type: 'revoked', of: { epoch: 1, sid: 's' } })
    expect(told.ledger?.owed).toEqual([{ epoch: 1, sid: 's', settled: 'told' }])
    expect(after(told, next('token', { epoch: 4, sid: 'v' })).ledger?.owed).toEqual([{ epoch: 3, sid: 'u' }])
  })

  it('tells of both where another sign-in follows', () => {
    const again = after(signedIn(), signOut({ revokedBy: 'token' }), next('token'), signOut({ revokedBy: 'token' }))
    const [third, effects] = tell(again, next('token', { epoch: 3, sid: 'u' }))
    expect(third.ledger?.owed?.map(({ sid }) => sid)).toEqual(['t', 's'])
    expect(events(effects)).not.toContainEqual(LOST)
  })
})

describe('when somebody begins to sign in', () => {
  const begun = (revokedBy: RevokedBy) => ({ type: 'sign-in-begun', revokedBy }) as const

  it.each([
    ['token', undefined, 0],
    ['name', 'held', 0],
    ['cookie', 'lost', 1],
  ] as const)('what is told by %s is %s', (by, stopped, losses) => {
    const out = after(named, signOut({ revokedBy: by }))
    const [state, effects] = tell(out, begun(by), begun(by))
    expect(state.ledger?.revocationStopped).toBe(stopped)
    expect(events(effects).length + events(tell(out, begun(by))[1]).length).toBe(losses)
  })
})

it('tokens that come after the sign-out are to be revoked, whatever the endpoint has heard of', () => {
  const out = after(signedIn(), signOut({ revokedBy: 'token' }))
  const told = after(out, { type: 'revoked', of: { epoch: 1, sid: 's' }, generation: 1 })
  const [state, effects] = tell(told, { type: 'refused', target, tokens: { refreshToken: 'late' }, now: NOON })
  expect(state.ledger).toMatchObject({ revocationPending: true, signedOut: { generation: 2 } })
  expect(effects.at(-1)).toMatchObject({ type: 'revoke', tokens: { refreshToken: 'late' } })
})

describe('what a tab does about the end of a session', () => {
  const ended = { epoch: 1, sid: 's' }
  const pending = aLedger({ revocationPending: true })

  it.each([
    { by: 'token', hasToken: true, ledger: pending, plan: 'send' },
    { by: 'token', hasToken: true, ledger: undefined, plan: 'send' },
    { by: 'token', hasToken: true, ledger: { ...pending, revocationStopped: 'lost' }, plan: 'send' },
    { by: 'token', hasToken: false, ledger: pending, plan: 'give-up' },
    { by: 'token', hasToken: false, ledger: undefined, plan: 'done' },
    { by: 'cookie', hasToken: false, ledger: pending, plan: 'send' },
    { by: 'cookie', hasToken: true, ledger: aLedger({ epoch: 2, sid: 't' }), plan: 'done' },
    { by: 'cookie', hasToken: true, ledger: { ...pending, revocationStopped: 'lost' }, plan: 'done' },
    { by: 'name', hasToken: false, ledger: { ...pending, revocationStopped: 'held' }, plan: 'wait' },
    { by: 'name', hasToken: false, ledger: aLedger({ epoch: 2, sid: 't', owed: [ended] }), plan: 'send' },
    {
      by: 'name',
      hasToken: true,
      ledger: aLedger({ epoch: 2, sid: 't', owed: [{ ...ended, settled: 'lost' }] }),
      plan: 'done',
    },
    { by: 'token', hasToken: true, ledger: { ...pending, revocationPending: false }, plan: 'done' },
  ] as const)('is to $plan: by $by, with a token: $hasToken', ({ by, hasToken, ledger, plan }) => {
    expect(planRevocation(ledger, { by, ended, hasToken })).toBe(plan)
  })
})
