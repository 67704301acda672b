import { beforeEach, describe, expect, it } from 'vitest'
import type { SessionStore } from '../../src/ports.ts'
import { createPersistence, type SessionRecord } from '../../src/runtime/persistence.ts'
import { createStore } from '../../src/runtime/session-store.ts'
import { initialState } from '../../src/session/state.ts'
import type { Session, SessionEventDetail } from '../../src/types.ts'
import { createFakeClock, type FakeClock } from '../support/clock.ts'
import { createFakeLedgerStore, createFakeLock, createFakeRandom } from '../support/ports.ts'
import { aLedger, aSession, MINUTE, NOON, SECOND } from '../support/sessions.ts'

let clock: FakeClock
let done: string[]
let failures: string[]
/** What the page has. */
let session: Session | undefined

beforeEach(() => {
  clock = createFakeClock()
  done = []
  failures = []
  session = undefined
})

const stored = (session = aSession(), writtenAt = NOON) => ({ ...session, v: 1, writtenAt })

function keep(record?: unknown, members: Partial<SessionStore> = {}): SessionRecord {
  const store: SessionStore = {
    load: async () => record,
    save: async ({ generation }) => void done.push(`save ${generation}`),
    clear: async () => void done.push('clear'),
    subscribe: () => () => {},
    ...members,
  }
  const ports = { clock, store, lock: createFakeLock(), ledger: createFakeLedgerStore(), random: createFakeRandom(0.5) }
  const state = createStore(initialState(true, 'ready'))
  const having = {
    ...state,
    get state() {
      return { ...state.state, ...(session && { session, ledger: aLedger() }) }
    },
  }
  const emit = (event: SessionEventDetail) =>
    void failures.push(event.type === 'capability-degraded' ? event.detail : event.type)
  const parts = { page: { closing: new AbortController().signal }, store: having, events: { emit } }
  return createPersistence(ports, { namespace: 'token-manager:ward:1' }, parts).session
}

function adopt(keeper: SessionRecord, generation: number): void {
  session = aSession({ generation })
  keeper.save(session, true)
}

describe('a store that pages share', () => {
  it('is left to the page that made, or ended, the session', () => {
    const keeper = keep()
    keeper.save(aSession(), true)
    keeper.clear(true)
    expect(done).toEqual([])
  })

  it('is cleared also for the end that another page made, where this page is still writing', async () => {
    const pause = () => new Promise<void>((resolve) => clock.setTimer(SECOND, resolve))
    const keeper = keep(undefined, { save: pause })
    keeper.save(aSession())
    keeper.clear(true)
    await clock.run(MINUTE)
    expect(done).toEqual(['clear'])
  })

  it.each([
    ['has not: it died before it could', undefined, ['save 2']],
    ['has not yet, and an older generation is there', stored(), ['save 2']],
    ['has: this generation is there', stored(aSession({ generation: 2 })), []],
    ['has: a newer one is there', stored(aSession({ generation: 3 })), []],
  ])(
    'scenario 54: is looked at once the page that made the session should have saved it, which %s',
    async (_, record, saves) => {
      adopt(keep(record), 2)
      await clock.run(240)
      expect(done).toEqual([])
      await clock.run(SECOND)
      expect(done).toEqual(saves)
    },
  )

  it('scenario 54: gets the newest that the page has by then, once, and nothing of a session that has ended', async () => {
    const keeper = keep()
    adopt(keeper, 2)
    adopt(keeper, 3)
    await clock.run(SECOND)
    expect(done).toEqual(['save 3'])
    adopt(keeper, 4)
    session = undefined
    await clock.run(SECOND)
    expect(done).toEqual(['save 3'])
    expect(clock.pending).toBe(0)
  })

  it('scenario 54: that fails when it is looked at is told of', async () => {
    adopt(keep(undefined, { load: () => Promise.reject(new RangeError('blocked')) }), 2)
    await clock.run(SECOND)
    expect(failures).toEqual(['The store failed (RangeError).'])
  })
})
