import { describe, expect, it } from 'vitest'
import type { RefreshTarget } from '../../src/session/actions.ts'
import {
  isDue,
  nextRefreshAt,
  type PlanInput,
  planRefresh,
  quietMs,
  refreshTargetOf,
  repeatable,
} from '../../src/session/refresh-plan.ts'
import { initialState, type State } from '../../src/session/state.ts'
import type { Endpoint } from '../../src/types.ts'
import { aLedger, anAttempt, aSession, MINUTE, NOON, SECOND, signedIn } from '../support/sessions.ts'

const header = { accessTokenIn: 'header' } as const
const body = { ...header, refreshTokenIn: 'body', idempotentRefresh: false } as const
const cookie = { ...header, refreshTokenIn: 'cookie', idempotentRefresh: false } as const
const replaying = { ...header, refreshTokenIn: 'body', idempotentRefresh: true } as const
const target = { epoch: 1, sid: 's', generation: 1, known: 1, over: false }
const nothing = { epoch: 0, sid: '', generation: 0, known: -1, over: false }
const plan = (state: State, members: Partial<PlanInput> = {}) =>
  planRefresh(state, { target, endpoint: body, trigger: 'timer', now: NOON, ...members })

const userEnd = { reason: 'user', at: NOON, generation: 1 } as const
const out = { ...initialState(true, 'ready'), ledger: aLedger({ signedOut: userEnd }) }
const failing = (members = {}) =>
  signedIn({
    ledger: aLedger({ attempt: anAttempt({ failures: 1, expiresAt: NOON, retryAt: NOON + SECOND, ...members }) }),
  })
const open = signedIn({ ledger: aLedger({ attempt: anAttempt() }) })
const behind = signedIn({ ledger: aLedger({ generation: 2 }) })

describe('whose refresh token would be spent', () => {
  it.each<[string, State, Endpoint, RefreshTarget | undefined]>([
    ['a session', signedIn(), body, target],
    ['a session whose token is a cookie', signedIn(), cookie, target],
    ['a session that another page has refreshed, by body', behind, body, target],
    ['a session that another page has refreshed, by cookie', behind, cookie, { ...target, generation: 2 }],
    ['nothing known, while restoring', initialState(true, 'restoring'), cookie, nothing],
    [
      'an end that was told, while restoring',
      { ...out, phase: 'restoring', ledger: { ...out.ledger, revocationPending: false } } as State,
      cookie,
      { ...target, known: -1, over: true },
    ],
    ['nothing known', initialState(true, 'ready'), cookie, undefined],
    ['nothing known, by body', initialState(true, 'restoring'), body, undefined],
    ['not yet looked', { ...signedIn(), phase: 'loading' } as State, body, undefined],
    ['signed out', out, cookie, undefined],
    ['signed out, while restoring', { ...out, phase: 'restoring' } as State, cookie, undefined],
    ['somebody else’s', signedIn({ identityChanged: true }), body, undefined],
    ['somebody else’s cookie', signedIn({ identityChanged: true, phase: 'restoring' }), cookie, undefined],
  ])('%s', (_name, ...[state, endpoint, expected]) => {
    expect(refreshTargetOf(state, endpoint)).toEqual(expected)
  })
})

describe('what a refresh does once it has the lock', () => {
  it('sends', () => {
    const { refreshToken } = aSession()
    expect(plan(signedIn())).toMatchObject({ kind: 'send', key: undefined, refreshToken, failures: 0 })
    expect(plan(signedIn(), { endpoint: cookie })).toMatchObject({ kind: 'send', refreshToken: undefined })
  })

  it('is done where another page did the work, signed out, or signed in anew', () => {
    expect(plan(signedIn({ ledger: aLedger({ generation: 2 }), session: aSession({ generation: 2 }) })).kind).toBe(
      'done',
    )
    expect(plan(out).kind).toBe('done')
    expect(plan(signedIn({ ledger: aLedger({ sid: 't' }), session: aSession({ sid: 't' }) })).kind).toBe('done')
  })

  it('scenario 33: waits for what another page has sent by cookie', () => {
    expect(plan(open, { endpoint: cookie })).toEqual({ kind: 'wait', until: NOON + MINUTE })
    expect(plan(open, { endpoint: cookie, now: NOON + MINUTE })).toMatchObject({ kind: 'send', key: 'key' })
  })

  it.each([
    ['an answer has changed the marker', 'before', 'after', 'send'],
    ['the first answer has set the marker', '', 'after', 'send'],
    ['no answer has come', 'before', 'before', 'wait'],
    ['the marker has expired', 'before', '', 'wait'],
    ['the attempt knows of no marker', undefined, 'after', 'wait'],
    ['the endpoint has no marker any more', 'before', undefined, 'wait'],
  ] as const)('scenario 50: by cookie, and %s', (...[, sent, marker, kind]) => {
    const attempt = anAttempt(sent === undefined ? {} : { marker: sent })
    const next = plan(signedIn({ ledger: aLedger({ attempt }) }), { endpoint: cookie, marker })
    expect(next.kind).toBe(kind)
    if (kind === 'send') expect(next).toMatchObject({ number: 2, repeats: false })
  })

  it('scenario 45: waits without locks for what another page has sent: that may only hang', () => {
    expect(plan(open)).toMatchObject({ kind: 'send' })
    const unlocked = { tab: 'other' }
    expect(plan(open, { unlocked })).toEqual({ kind: 'wait', until: NOON + MINUTE })
    expect(plan(open, { unlocked: { ...unlocked, awake: new Set<string>() } }).kind).toBe('wait')
    expect(plan(open, { unlocked, now: NOON + MINUTE })).toMatchObject({ kind: 'send', number: 2 })
    expect(plan(open, { unlocked: { tab: anAttempt().by } })).toMatchObject({ kind: 'send' })
  })

  it('scenario 45: repeats it without locks where the endpoint replays, once its sender does not answer', () => {
    const known = (...awake: string[]) => ({ endpoint: replaying, unlocked: { tab: 'other', awake: new Set(awake) } })
    expect(plan(open, { endpoint: replaying, unlocked: { tab: 'other' } }).kind).toBe('wait')
    expect(plan(open, known(anAttempt().by)).kind).toBe('wait')
    expect(plan(open, known('another'))).toMatchObject({ kind: 'send', key: 'key', repeats: true })
  })

  it('scenario 3: repeats an attempt with its key where the endpoint replays', () => {
    expect(plan(open, { endpoint: replaying })).toMatchObject({ kind: 'send', key: 'key' })
    const restored = signedIn({ ledger: aLedger({ generation: 2, attempt: anAttempt() }) })
    expect(plan(restored, { endpoint: replaying })).toMatchObject({ kind: 'send', key: 'key' })
  })

  it('is lost where the token that is left was spent, or there is none', () => {
    expect(plan(behind, { now: NOON + 15 * MINUTE })).toEqual({ kind: 'unrefreshable' })
    const { refreshToken: _, ...access } = aSession()
    expect(plan(signedIn({ session: access }), { now: NOON + 15 * MINUTE })).toEqual({ kind: 'unrefreshable' })
  })

  it('counts its attempts, and knows one that may overtake another', () => {
    expect(plan(signedIn())).toMatchObject({ number: 1, repeats: false })
    expect(plan(open, { endpoint: replaying })).toMatchObject({ number: 2, repeats: true })
    expect(plan(open, { endpoint: replaying, now: NOON + MINUTE })).toMatchObject({ number: 2, repeats: false })
  })

  it('still may overtake the first attempt where a repetition of that has failed', () => {
    expect(plan(failing({ repeats: true }), { now: NOON + SECOND })).toMatchObject({ repeats: true })
  })

  it.each([
    ['keeps the key after a repetition by cookie: a late answer may bring back what that spent', cookie, true, 'key'],
    ['draws a new key where nothing was repeated', cookie, false, undefined],
    ['draws a new key where no answer replaces the token', body, true, undefined],
  ] as const)('%s', (...[, endpoint, repeats, key]) => {
    const ahead = signedIn({
      ledger: aLedger({ generation: 2, attempt: anAttempt({ repeats, expiresAt: NOON }) }),
      session: aSession({ generation: 2 }),
    })
    const input = { target: { ...target, generation: 2, known: 2 }, endpoint: { ...endpoint, idempotentRefresh: true } }
    expect(plan(ahead, input)).toMatchObject({ kind: 'send', key, number: 1, repeats: false })
  })

  it('waits for a repetition of the attempt before: its successor must not be used until then', () => {
    const ahead = signedIn({
      ledger: aLedger({ generation: 2, attempt: anAttempt() }),
      session: aSession({ generation: 2 }),
    })
    const next = { ...target, generation: 2, known: 2 }
    expect(plan(ahead, { target: next })).toEqual({ kind: 'wait', until: NOON + MINUTE })
    expect(plan(ahead, { target: next, now: NOON + MINUTE })).toMatchObject({ kind: 'send', key: undefined, number: 1 })
  })

  it('is lost where its attempt may not be repeated', () => {
    const restored = signedIn({ ledger: aLedger({ generation: 2, attempt: anAttempt() }) })
    expect(plan(restored, { now: NOON + 15 * MINUTE })).toEqual({ kind: 'unrefreshable' })
    const other = signedIn({ ledger: aLedger({ generation: 3, attempt: anAttempt({ generation: 2 }) }) })
    expect(plan(other, { endpoint: replaying, now: NOON + 15 * MINUTE })).toEqual({ kind: 'unrefreshable' })
  })

  it.each(['timer', 'wake'] as const)('by %s loses no access token that is still good', (trigger) => {
    expect(plan(behind, { trigger })).toEqual({ kind: 'later' })
  })

  it.each(['explicit', 'request'] as const)('by %s loses no access token that is still good', (trigger) => {
    expect(plan(behind, { trigger })).toEqual({ kind: 'later' })
  })

  it('comes back later where the backoff says so', () => {
    expect(plan(failing())).toEqual({ kind: 'later' })
    expect(plan(failing(), { now: NOON + SECOND })).toMatchObject({ kind: 'send', key: 'key', failures: 1 })
  })
})

describe('when an attempt is due', () => {
  const attempt = anAttempt({ failures: 3, expiresAt: NOON, retryAt: NOON + 10 * SECOND, notBefore: NOON + MINUTE })
  const { notBefore: _, ...passing } = attempt
  const state = signedIn()

  it.each(['explicit', 'wake'] as const)(
    'scenario 10: by %s after half of the backoff, scenario 9: never before a Retry-After',
    (trigger) => {
      expect(isDue(state, passing, { trigger, now: NOON + 5 * SECOND - 1 })).toBe(false)
      expect(isDue(state, passing, { trigger, now: NOON + 5 * SECOND })).toBe(true)
      expect(isDue(state, attempt, { trigger, now: NOON + MINUTE - 1 })).toBe(false)
      expect(isDue(state, attempt, { trigger, now: NOON + MINUTE })).toBe(true)
    },
  )

  it.each(['explicit', 'wake'] as const)('by %s at once after the first two failures', (trigger) => {
    expect(isDue(state, { ...passing, failures: 2 }, { trigger, now: NOON })).toBe(true)
    expect(isDue(state, { ...attempt, failures: 2 }, { trigger, now: NOON })).toBe(false)
  })

  it('scenario 7: at once after an attempt from before the page was online again', () => {
    const online = { ...state, onlineAt: NOON + SECOND }
    expect(isDue(online, passing, { trigger: 'wake', now: NOON + SECOND })).toBe(true)
    expect(isDue(online, passing, { trigger: 'timer', now: NOON + SECOND })).toBe(false)
    expect(isDue(online, attempt, { trigger: 'wake', now: NOON + SECOND })).toBe(false)
    const later = { ...passing, startedAt: NOON + SECOND, expiresAt: NOON + SECOND }
    expect(isDue(online, later, { trigger: 'wake', now: NOON + SECOND })).toBe(false)
  })

  it.each(['timer', 'request', 'unauthorized', 'restore'] as const)('by %s only after the backoff', (trigger) => {
    expect(isDue(state, passing, { trigger, now: NOON + 10 * SECOND - 1 })).toBe(false)
    expect(isDue(state, passing, { trigger, now: NOON + 10 * SECOND })).toBe(true)
    expect(isDue(state, attempt, { trigger, now: NOON + MINUTE - 1 })).toBe(false)
  })

  it('at once where there was none, or where its outcome is open', () => {
    expect(isDue(state, undefined, { trigger: 'timer', now: NOON })).toBe(true)
    expect(isDue(state, anAttempt(), { trigger: 'timer', now: NOON })).toBe(true)
  })
})

describe('the next refresh', () => {
  it.each<[string, State, Endpoint, number | undefined]>([
    ['of a session', signedIn(), body, NOON + 13 * MINUTE],
    ['after a failure', failing(), body, NOON + SECOND],
    ['after a Retry-After', failing({ notBefore: NOON + MINUTE }), body, NOON + MINUTE],
    ['of a token that can not be renewed', behind, body, NOON + 15 * MINUTE],
    [
      'of a cookie that another page has renewed, whose token is about to come, waits for the expiry',
      behind,
      cookie,
      NOON + 15 * MINUTE,
    ],
    ['while restoring', initialState(true, 'restoring'), cookie, 0],
    ['of nothing', initialState(true, 'ready'), body, undefined],
  ])('%s', (_name, ...[state, endpoint, expected]) => {
    expect(nextRefreshAt(state, endpoint)).toBe(expected)
  })
})

describe('what others may do meanwhile', () => {
  it('scenario 5: repeat the attempt of a hung page where the endpoint replays, and only that one', () => {
    expect(repeatable(open, target, replaying)).toEqual(anAttempt())
    expect(repeatable(open, target, cookie)).toBeUndefined()
    expect(repeatable(open, { ...target, generation: 2 }, replaying)).toBeUndefined()
    expect(repeatable(open, { ...target, sid: 't' }, replaying)).toBeUndefined()
    expect(repeatable(signedIn(), target, replaying)).toBeUndefined()
  })

  it('scenario 9: leave the endpoint alone as long as it asked for', () => {
    expect(quietMs(failing({ notBefore: NOON + MINUTE }), NOON + SECOND)).toBe(MINUTE - SECOND)
    expect(quietMs(failing({ notBefore: NOON + MINUTE }), NOON + 2 * MINUTE)).toBe(0)
    expect(quietMs(failing(), NOON)).toBeUndefined()
  })
})
