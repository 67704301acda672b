import { beforeEach, describe, expect, it } from 'vitest'
import { noTabs } from '../../src/platform/broadcast-tabs.ts'
import type { Tabs } from '../../src/ports.ts'
import { createLimits, type Limits } from '../../src/runtime/limits.ts'
import { createPage, type Page } from '../../src/runtime/page.ts'
import { createStore, type Store } from '../../src/runtime/session-store.ts'
import type { Timer } from '../../src/runtime/timer.ts'
import { DEFAULT_POLICY } from '../../src/session/policy.ts'
import { initialState, type State } from '../../src/session/state.ts'
import { createFakeClock, type FakeClock } from '../support/clock.ts'
import { createFakePage, type FakePage } from '../support/ports.ts'
import { aLedger, HOUR, MINUTE, NOON, SECOND, signedIn } from '../support/sessions.ts'
import { transport } from '../support/transport.ts'

const policy = { ...DEFAULT_POLICY, idleTimeoutMs: 15 * MINUTE, sessionMaxMs: 12 * HOUR }
const { isolated: _, ...others } = noTabs

type Task = Parameters<Timer['add']>[0]

let clock: FakeClock
let environment: FakePage
let page: Page
let told: string[]
let questions: number
let answer: () => void
let store: Store
beforeEach(() => {
  clock = createFakeClock()
  environment = createFakePage()
  page = createPage()
  told = []
  questions = 0
  answer = () => {}
})

type Members = Partial<Parameters<typeof createLimits>[1]> & { tabs?: Tabs }

function create(state: State = signedIn(), { tabs = others, ...members }: Members = {}): Limits & Task {
  store = createStore(state)
  store.onEffect('emit', ({ event }) => void told.push(event.type))
  let task: Task = { nextAt: () => 0 }
  const peers = {
    syncLedger() {},
    pollActivity() {
      questions++
      return new Promise<void>((resolve) => {
        answer = resolve
      })
    },
  }
  const timer: Pick<Timer, 'add'> = {
    add(added) {
      task = added
    },
  }
  const ports = { clock, environment, tabs }
  const limits = createLimits(ports, { policy, transport, ...members }, { page, timer, store, peers })
  return { ...limits, ...task }
}

const othersWereActive = (at: number) =>
  store.dispatch({ type: 'remote-state', from: 'peer', ledger: aLedger({ activities: 1, lastActivityAt: at }) })
const reason = () => store.state.ledger?.signedOut?.reason

describe('before an idle sign-out', () => {
  it('scenario 37: the other pages are asked, once, and nothing may be used meanwhile', async () => {
    const limits = create()
    clock.sleep(15 * MINUTE)
    limits.evaluate()
    limits.evaluate()
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
    limits.evaluate()
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
    limits.evaluate()
    expect(limits.nextAt()).toBe(clock.now() + SECOND)
  })

  it('what a page heard before it fell asleep is no answer', async () => {
    const limits = create()
    clock.sleep(15 * MINUTE)
    limits.evaluate()
    const answerBefore = answer
    limits.recheck()
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
    limits.evaluate()
    page.setAsleep(true)
    answer()
    await clock.run(0)
    expect(reason()).toBeUndefined()
    page.setAsleep(false)
    limits.recheck()
    answer()
    await clock.run(0)
    expect(reason()).toBe('idle')
  })

  it('a page that keeps to itself asks nobody', () => {
    create(signedIn(), { tabs: noTabs }).evaluate()
    clock.sleep(15 * MINUTE)
    create(signedIn(), { tabs: noTabs }).evaluate()
    expect([questions, reason()]).toEqual([0, 'idle'])
  })

  it('a page that has asked already does not ask again', () => {
    const limits = create()
    clock.sleep(15 * MINUTE)
    limits.evaluateInformed()
    expect([questions, reason()]).toEqual([0, 'idle'])
  })

  it('activity that comes too late counts for nothing', () => {
    const limits = create()
    clock.sleep(15 * MINUTE)
    limits.beActive()
    expect(store.state.ledger?.lastActivityAt).toBe(NOON)
    expect(questions).toBe(1)
  })
})

it('activity in a page of another user counts for nothing', async () => {
  const limits = create(signedIn({ identityChanged: true }))
  await clock.run(SECOND)
  limits.beActive()
  expect(store.state.ledger?.lastActivityAt).toBe(NOON)
})

it('the end of the session needs no question', () => {
  const limits = create(signedIn({ ledger: aLedger({ lastActivityAt: NOON + 12 * HOUR }) }))
  clock.sleep(12 * HOUR)
  limits.evaluate()
  expect([questions, reason()]).toEqual([0, 'session-limit'])
})

describe('a session that only the refresh cookie can bring', () => {
  const inCookie = { transport: { ...transport, refreshTokenIn: 'cookie' as const } }
  const restoring: State = { ...initialState(true, 'restoring'), ledger: aLedger() }

  it('scenario 38: is ended by a limit before the cookie is used', () => {
    const limits = create(restoring, inCookie)
    clock.sleep(15 * MINUTE)
    expect(limits.isOver()).toBe(true)
    limits.evaluateInformed()
    expect(reason()).toBe('idle')
  })

  it('is not warned about: nobody has it yet', () => {
    const limits = create(restoring, inCookie)
    clock.sleep(14 * MINUTE)
    limits.evaluate()
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
    limits.evaluateInformed()
    expect([limits.isOver(), reason()]).toEqual([false, undefined])
  })

  it('is left to the look around of a page that has just opened', () => {
    const limits = create({ ...restoring, phase: 'loading' }, inCookie)
    clock.sleep(15 * MINUTE)
    limits.evaluate()
    expect([questions, limits.nextAt()]).toEqual([0, Number.POSITIVE_INFINITY])
  })
})

describe('watching', () => {
  it('scenario 29: takes the hand of the user, and films where asked, for activity', async () => {
    create(signedIn(), { activity: { media: true } }).watch()
    await clock.run(SECOND)
    environment.act()
    expect(store.state.ledger?.lastActivityAt).toBe(NOON + SECOND)
    expect(environment.media).toBe(true)
  })

  it('is not for films unless asked, nor at all without an idle limit', async () => {
    create().watch()
    expect(environment.media).toBe(false)
    create(signedIn(), { policy: DEFAULT_POLICY, activity: { media: true } }).watch()
    expect(environment.media).toBe(false)
  })

  it('tells of activity at once, then at most once a second, until it is stopped', async () => {
    const stop = create().watch()
    const activities = () => store.state.ledger?.activities
    await clock.run(1)
    for (let i = 0; i < 10; i++) environment.act()
    expect(activities()).toBe(1)
    await clock.run(SECOND - 1)
    environment.act()
    expect(activities()).toBe(1)
    await clock.run(1)
    environment.act()
    expect(activities()).toBe(2)
    stop()
    await clock.run(SECOND)
    environment.act()
    expect(activities()).toBe(2)
  })

  it('tells of what does not count yet until it does', async () => {
    create({ ...initialState(true, 'loading'), ledger: aLedger() }).watch()
    await clock.run(1)
    environment.act()
    expect(store.state.ledger?.activities).toBe(0)
    store.dispatch({ type: 'remote-state', from: 'store', session: signedIn().session })
    environment.act()
    expect(store.state.ledger?.activities).toBe(1)
  })
})

describe('before anything is used or shown', () => {
  it('scenario 23: a page that slept takes in what was written, and is awake once something is used', () => {
    const limits = create()
    page.setAsleep(true)
    limits.checkBeforeShowing()
    expect(page.isAsleep).toBe(true)
    limits.checkBeforeUse()
    expect(page.isAsleep).toBe(false)
  })

  it('scenario 5: what a frozen page hears from others does not wake it', () => {
    const limits = create()
    page.setAsleep(true)
    page.receive(limits.checkBeforeUse)
    expect(page.isAsleep).toBe(true)
  })

  it('nothing may be used while a sign-out waits for the tokens', () => {
    const limits = create()
    store.dispatch({ type: 'sign-out-pending' })
    expect([limits.isBlocked(), limits.isOver()]).toEqual([true, false])
    store.dispatch({ type: 'signed-out', reason: 'user', now: NOON })
    expect(limits.isBlocked()).toBe(false)
  })
})
