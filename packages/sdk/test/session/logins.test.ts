import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MOST_LOGINS } from '../../src/codec/stored-ledger.ts'
import { digestOf, isSeen, joinLogins, loginOf } from '../../src/session/logins.ts'
import { startSession } from '../../src/session/session-started.ts'
import { initialState } from '../../src/session/state.ts'
import { aLedger, aSession, HOUR, NOON, signedIn } from '../support/sessions.ts'

describe('the digest of a login', () => {
  it('is the same for the same text, another for another, and short', () => {
    const digests = new Set(Array.from({ length: 20_000 }, (_, n) => digestOf(`login ${n}`)))
    expect(digests.size).toBe(20_000)
    expect(digestOf('login 7')).toBe(digestOf('login 7'))
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => void expect(digestOf(text)).toMatch(/^[a-z\d]{2,14}$/)),
    )
  })

  it('shows nothing of the text', () => {
    expect(digestOf('SECRET-session-key')).not.toMatch(/secret|session|key/i)
  })
})

describe('the logins that a browser has seen', () => {
  it('are remembered by the sign-in that each began, the newest first', () => {
    const logins = joinLogins([loginOf(3, 'c'), loginOf(1, 'a')], [loginOf(2, 'b')])
    expect(logins).toEqual(['3.c', '2.b', '1.a'])
    expect(['a', 'b', 'c', 'd'].map((login) => isSeen(logins, login))).toEqual([true, true, true, false])
  })

  it('are forgotten when there are too many, the oldest first', () => {
    const all = Array.from({ length: MOST_LOGINS + 3 }, (_, n) => loginOf(n, `login${n}`))
    const kept = joinLogins(all)
    expect(kept).toHaveLength(MOST_LOGINS)
    expect([isSeen(kept, 'login2'), isSeen(kept, 'login3')]).toEqual([false, true])
  })
})

describe('scenario 46: a page of a login by the server', () => {
  const start = (state = signedIn(), login = 'x', now = NOON + HOUR) =>
    startSession(state, { type: 'session-started', login, now })

  it('begins a sign-in of its own, above what is known, with nothing of the session before', () => {
    const signedOut = { reason: 'user', at: NOON, generation: 3 } as const
    const before = signedIn({ ledger: aLedger({ epoch: 4, generation: 3, signedOut }), subject: 'amara' })
    const [state, effects] = start(before)
    expect(state).toMatchObject({ phase: 'loading', sid: 'login-x', identity: 1 })
    expect(state).not.toHaveProperty('session')
    expect(state).not.toHaveProperty('subject')
    expect(state.ledger).toEqual(
      aLedger({
        epoch: 5,
        sid: 'login-x',
        generation: 0,
        signedInAt: NOON + HOUR,
        lastActivityAt: NOON + HOUR,
        logins: ['5.x'],
      }),
    )
    expect(effects.map(({ type }) => type)).toEqual(['publish', 'write-ledger', 'clear-store'])
  })

  it('begins nothing again', () => {
    const [state] = start()
    expect(start(state)).toEqual([state, []])
    const later = signedIn({ ledger: aLedger({ epoch: 9, sid: 't', logins: ['9.y', '2.x'] }) })
    expect(start(later)).toEqual([later, []])
  })

  it('keeps the calls of a page that has just opened', () => {
    expect(start(initialState(true, 'loading'))[0].identity).toBe(0)
    expect(start(signedIn({ phase: 'loading', session: aSession() }))[0].identity).toBe(0)
  })
})
