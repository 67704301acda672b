import { describe, expect, it } from 'vitest'
import { createPageLock } from '../../src/platform/page-lock.ts'
import type { Lock, Tabs } from '../../src/ports.ts'
import { createCrossTab } from '../../src/runtime/cross-tab.ts'
import { createPage } from '../../src/runtime/page.ts'
import type { Store } from '../../src/runtime/session-store.ts'
import { DEFAULT_POLICY } from '../../src/session/policy.ts'
import { initialState, type State } from '../../src/session/state.ts'
import type { Ledger, Session } from '../../src/types.ts'
import { createFakeClock } from '../support/clock.ts'
import { createFakeRandom, watch } from '../support/ports.ts'
import { aLedger, aSession } from '../support/sessions.ts'
import { transport } from '../support/transport.ts'

interface Known {
  ledger?: Ledger | undefined
  session?: Session | undefined
}

type Listener = (message: unknown) => void

/** A channel, and all that is said on it. */
function createChannel() {
  const said: Array<Record<string, unknown>> = []
  const listeners = new Set<Listener>()
  const attach = (): Tabs => {
    let mine: Listener | undefined
    return {
      post(message) {
        said.push(message as Record<string, unknown>)
        for (const listener of listeners) if (listener !== mine) listener(structuredClone(message))
      },
      listen(listener) {
        mine = listener
        listeners.add(listener)
        return () => void listeners.delete(listener)
      },
    }
  }
  return { attach, said, answers: () => said.filter(({ type }) => type === 'answer') }
}

function createTabsOn(channel = createChannel(), lock: Lock = createPageLock()) {
  const clock = createFakeClock()
  const random = createFakeRandom(0)
  const needed: string[] = []
  const publishers = new Map<string, (effect: object) => void>()
  /** Each leads as far as it knows. */
  const elect: NonNullable<Tabs['elect']> = (onElected) => {
    onElected()
    return { isDead: () => false, resign() {} }
  }
  function open(tab: string, known: Known, refreshTokenIn: 'body' | 'cookie' = 'body') {
    const learned: Known[] = []
    const store: Pick<Store, 'state' | 'dispatch' | 'onEffect'> = {
      state: { ...initialState(true, 'ready'), ...known } as State,
      dispatch: (action) => void (action.type === 'remote-state' && learned.push(action)),
      onEffect(type, handle) {
        if (type === 'publish') publishers.set(tab, handle as (effect: object) => void)
      },
    }
    const tabs: Tabs = { ...channel.attach(), elect }
    const crossTab = createCrossTab(
      { clock, random, lock, tabs },
      { namespace: 'ns', tab, transport: { ...transport, refreshTokenIn }, policy: DEFAULT_POLICY },
      { page: createPage(), timer: { update() {} }, store, events: { emit() {} } },
    )
    crossTab.onRefreshRequested(() => void needed.push(tab))
    crossTab.join()
    return { ...crossTab, learned, publish: () => publishers.get(tab)?.({ tokens: true }) }
  }
  return { ...channel, open, clock, needed }
}

const known: Known = { ledger: aLedger(), session: aSession() }

describe('a tab that asks', () => {
  it('hears nothing but that they are there from tabs that know no more', async () => {
    const { open, answers } = createTabsOn()
    const tab = open('a', known)
    open('b', known)
    open('c', { ledger: aLedger() })
    expect([...(await tab.ask(100))].sort()).toEqual(['b', 'c'])
    expect(answers()).toHaveLength(2)
    for (const answer of answers()) expect(Object.keys(answer)).not.toEqual(expect.arrayContaining(['ledger']))
    expect(JSON.stringify(answers())).not.toContain('SECRET')
    expect(tab.learned).toEqual([])
  })

  it.each<[string, Known, number?]>([
    ['a newer generation', { ledger: aLedger({ generation: 2 }), session: aSession({ generation: 2 }) }, 2],
    ['a later activity', { ledger: aLedger({ activities: 1 }), session: aSession() }],
    ['a sign-out', { ledger: aLedger({ signedOut: { reason: 'user', at: 1, generation: 1 } }) }],
  ])('is told of %s', async (_, news, generation) => {
    const { open } = createTabsOn()
    const tab = open('a', known)
    open('b', news)
    await tab.ask(100)
    expect(tab.learned).toMatchObject([{ ledger: { sid: 's' } }])
    expect(tab.learned[0]?.session?.generation).toBe(generation)
  })

  it('is told of the tokens where it has the ledger only', async () => {
    const { open } = createTabsOn()
    const tab = open('a', { ledger: aLedger() })
    open('b', known)
    await tab.ask(100)
    expect(tab.learned).toMatchObject([{ ledger: undefined, session: { generation: 1 } }])
  })

  it('tells what it knows itself: who is asked learns', async () => {
    const { open } = createTabsOn()
    const tab = open('a', known)
    const other = open('b', {})
    await tab.ask(100)
    expect(other.learned).toMatchObject([known])
  })

  it('never sends a refresh token that is a cookie', async () => {
    const { open, said } = createTabsOn()
    const tab = open('a', known, 'cookie')
    open('b', { ledger: aLedger({ generation: 2 }), session: aSession({ generation: 2 }) }, 'cookie')
    await tab.ask(100)
    expect(JSON.stringify(said)).not.toContain('SECRET-refresh')
  })

  it('does not wait where nobody else is', async () => {
    const { open, said, clock } = createTabsOn()
    await open('a', known).ask(100)
    expect([said, clock.pending]).toEqual([[], 0])
  })
})

describe('a tab that needs a token', () => {
  it('is refreshed for by who knows no more', () => {
    const { open, needed } = createTabsOn()
    open('a', known)
    open('b', known).requestRefresh()
    expect(needed).toEqual(['a'])
  })

  it('is told of the tokens that there are already', () => {
    const { open, needed } = createTabsOn()
    open('a', { ledger: aLedger({ generation: 2 }), session: aSession({ generation: 2 }) })
    const tab = open('b', known)
    tab.requestRefresh()
    expect(needed).toEqual([])
    expect(tab.learned).toMatchObject([{ session: { generation: 2 } }])
  })
})

it('a tab that asks where nobody can tell how many others there are waits as long as it is told to', async () => {
  const { open, clock, said } = createTabsOn(createChannel(), { ...createPageLock(), count: async () => undefined })
  const tab = open('a', known)
  const waitedMs = async (asking: Promise<unknown>) => {
    const asked = watch(asking)
    let ms = 0
    for (; !asked.settled; ms += 100) await clock.run(100)
    return ms
  }
  expect([await waitedMs(tab.ask(500)), await waitedMs(tab.ask(2_000, undefined, 200))]).toEqual([500, 200])
  expect(said).toMatchObject([{ type: 'ask' }, { type: 'ask' }])
})

it('a tab that asks is content with what it hears otherwise', async () => {
  const { open } = createTabsOn(createChannel(), { ...createPageLock(), count: async () => undefined })
  const tab = open('a', {})
  const asking = watch(tab.ask(2_000, () => tab.learned.length > 0))
  await Promise.resolve()
  open('b', known).publish()
  await new Promise<void>((resolve) => setImmediate(resolve))
  expect(asking.settled).toBe(true)
})

it('messages that no tab would send are dropped and counted', () => {
  const channel = createChannel()
  const { open } = createTabsOn(channel)
  const tab = open('a', known)
  for (const junk of [null, 7, {}, { v: 2, type: 'state', from: 'b' }]) channel.attach().post(junk)
  expect(tab.diagnostics()).toEqual({ isLeader: true, tabs: 1, droppedMessages: 4 })
})
