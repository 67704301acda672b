import { beforeEach, describe, expect, it } from 'vitest'
import { noTabs } from '../../src/platform/broadcast-tabs.ts'
import type { RefreshTransport } from '../../src/ports.ts'
import { watchActivity } from '../../src/runtime/activity.ts'
import { createLimitKeeper, type LimitKeeper } from '../../src/runtime/limit-keeper.ts'
import { createRunner } from '../../src/runtime/runner.ts'
import { DEFAULT_POLICY } from '../../src/session/policy.ts'
import { initialState, type State } from '../../src/session/state.ts'
import { createFakeClock, type FakeClock } from '../support/clock.ts'
import { createFakePage, type FakePage } from '../support/ports.ts'
import { aLedger, HOUR, MINUTE, NOON, SECOND, signedIn } from '../support/sessions.ts'

const policy = { ...DEFAULT_POLICY, idleTimeoutMs: 15 * MINUTE, sessionMaxMs: 12 * HOUR }
const { alone: _, ...tabs } = noTabs

let clock: FakeClock
let page: FakePage
let told: string[]
let questions: number
let isAsleep: boolean
let answer: () => void
let runner: ReturnType<typeof createRunner>
beforeEach(() => {
  clock = createFakeClock()
  page = createFakePage()
  told = []
  questions = 0
  isAsleep = false
  answer = () => {}
})

type Members = Partial<Parameters<typeof createLimitKeeper>[0]>

function create(state: State = signedIn(), members: Members = {}): LimitKeeper {
  runner = createRunner(
    state,
    (effect) => effect.type === 'emit' && told.push(effect.event.type),
    () => {},
  )
  return createLimitKeeper({
    clock,
    policy,
    tabs,
    transport: { refreshTokenIn: 'body' } as RefreshTransport,
    environment: page,
    state: () => runner.state,
    dispatch: runner.dispatch,
    isAsleep: () => isAsleep,
    ask() {
      questions++
      return new Promise<void>((resolve) => {
        answer = resolve
      })
    },
    watchActivity,
    ...members,
  })
}

const othersWereActive = (at: number) =>
  runner.dispatch({ type: 'learned', from: 'peer', ledger: aLedger({ activities: 1, lastActivityAt: at }) })
const reason = () => runner.state.ledger?.signedOut?.reason

describe('before an idle sign-out', () => {
  it('scenario 37: the other pages are asked, once, and nothing may be used meanwhile', async () => {
    const limits = create()
    clock.sleep(15 * MINUTE)
    limits.judge()
    limits.judge()
    expect(questions).toBe(1)
    expect(limits.isOver()).toBe(true)
    expect(reason()).toBeUndefined()
    answer()
    await clock.run(0)
    expect(reason()).toBe('idle')
    expect(limits.isOver()).toBe(false)
  })

  it('scenario 37: who was active in another page keeps the session', async () => {
    const limits = create()
    clock.sleep(20 * MINUTE)
    limits.judge()
    othersWereActive(NOON + 19 * MINUTE)
    expect(limits.isOver()).toBe(false)
    answer()
    await clock.run(0)
    expect(reason()).toBeUndefined()
    expect(limits.endsAt()).toBe(NOON + 34 * MINUTE)
  })

  it('scenario 30: looks every second, because a timer is late by the sleep of a laptop that tells of nothing', () => {
    const limits = create()
    expect(limits.nextAt()).toBe(NOON + SECOND)
    clock.sleep(14 * MINUTE - 500)
    expect(limits.nextAt()).toBe(NOON + 14 * MINUTE)
  })

  it('there is nothing to do but to wait for the answers', () => {
    const limits = create()
    clock.sleep(15 * MINUTE)
    limits.judge()
    expect(limits.nextAt()).toBe(clock.now() + SECOND)
  })

  it('what a page heard before it fell asleep is no answer', async () => {
    const limits = create()
    clock.sleep(15 * MINUTE)
    limits.judge()
    const answerBefore = answer
    limits.judgeAnew()
    expect(questions).toBe(2)
    answerBefore()
    await clock.run(0)
    expect(reason()).toBeUndefined()
    answer()
    await clock.run(0)
    expect(reason()).toBe('idle')
  })

  it('a page that sleeps by then leaves it to its waking', async () => {
    const limits = create()
    clock.sleep(15 * MINUTE)
    limits.judge()
    isAsleep = true
    answer()
    await clock.run(0)
    expect(reason()).toBeUndefined()
    isAsleep = false
    limits.judgeAnew()
    answer()
    await clock.run(0)
    expect(reason()).toBe('idle')
  })

  it('a page that keeps to itself asks nobody', () => {
    create(signedIn(), { tabs: noTabs }).judge()
    clock.sleep(15 * MINUTE)
    create(signedIn(), { tabs: noTabs }).judge()
    expect([questions, reason()]).toEqual([0, 'idle'])
  })

  it('a page that has asked already does not ask again', () => {
    const limits = create()
    clock.sleep(15 * MINUTE)
    limits.judgeInformed()
    expect([questions, reason()]).toEqual([0, 'idle'])
  })

  it('activity that comes too late counts for nothing', () => {
    const limits = create()
    clock.sleep(15 * MINUTE)
    limits.beActive()
    expect(runner.state.ledger?.lastActivityAt).toBe(NOON)
    expect(questions).toBe(1)
  })
})

it('activity in a page of another user counts for nothing', async () => {
  const limits = create(signedIn({ identityChanged: true }))
  await clock.run(SECOND)
  limits.beActive()
  expect(runner.state.ledger?.lastActivityAt).toBe(NOON)
})

it('the end of the session needs no question', () => {
  const limits = create(signedIn({ ledger: aLedger({ lastActivityAt: NOON + 12 * HOUR }) }))
  clock.sleep(12 * HOUR)
  limits.judge()
  expect([questions, reason()]).toEqual([0, 'session-limit'])
})

describe('a session that only the refresh cookie can bring', () => {
  const inCookie = { transport: { refreshTokenIn: 'cookie' } as RefreshTransport }
  const restoring: State = { ...initialState(true, 'restoring'), ledger: aLedger() }

  it('scenario 38: is ended by a limit before the cookie is used', () => {
    const limits = create(restoring, inCookie)
    clock.sleep(15 * MINUTE)
    expect(limits.isOver()).toBe(true)
    limits.judgeInformed()
    expect(reason()).toBe('idle')
  })

  it('is not warned about: nobody has it yet', () => {
    const limits = create(restoring, inCookie)
    clock.sleep(14 * MINUTE)
    limits.judge()
    expect(told).toEqual([])
    expect(limits.nextAt()).toBe(clock.now() + SECOND)
  })

  it.each([
    ['in the body', restoring, {}],
    ['and of which nothing is known', { ...restoring, ledger: aLedger({ epoch: 0, sid: '' }) }, inCookie],
    ['that is another user’s', { ...restoring, identityChanged: true }, inCookie],
    ['that the endpoint does not know', { ...restoring, phase: 'ready' as const }, inCookie],
  ])('has no limit %s', (_name, state, members) => {
    const limits = create(state, members)
    clock.sleep(24 * HOUR)
    limits.judgeInformed()
    expect([limits.isOver(), reason()]).toEqual([false, undefined])
  })

  it('is left to the look around of a page that has just opened', () => {
    const limits = create({ ...restoring, phase: 'loading' }, inCookie)
    clock.sleep(15 * MINUTE)
    limits.judge()
    expect([questions, limits.nextAt()]).toEqual([0, Number.POSITIVE_INFINITY])
  })
})

describe('watching', () => {
  it('scenario 29: takes the hand of the user, and films where asked, for activity', async () => {
    create(signedIn(), { activity: { media: true } }).watch()
    await clock.run(SECOND)
    page.act()
    expect(runner.state.ledger?.lastActivityAt).toBe(NOON + SECOND)
    expect(page.media).toBe(true)
  })

  it('is not for films unless asked, nor at all without an idle limit', async () => {
    create().watch()
    expect(page.media).toBe(false)
    create(signedIn(), { policy: DEFAULT_POLICY, activity: { media: true } }).watch()
    expect(page.media).toBe(false)
  })
})
