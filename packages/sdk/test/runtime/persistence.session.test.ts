import { beforeEach, describe, expect, it } from 'vitest'
import { TokenManagerError } from '../../src/errors.ts'
import type { SessionStore } from '../../src/ports.ts'
import { createPersistence, type SessionRecord } from '../../src/runtime/persistence.ts'
import { createStore as createState } from '../../src/runtime/session-store.ts'
import { initialState } from '../../src/session/state.ts'
import type { SessionEventDetail } from '../../src/types.ts'
import { createFakeClock, type FakeClock } from '../support/clock.ts'
import { createFakeLedgerStore, createFakeLock, createFakeRandom } from '../support/ports.ts'
import { aSession, HOUR, MINUTE, NOON, SECOND } from '../support/sessions.ts'

let clock: FakeClock
let done: string[]
let failures: string[]
let closing: AbortController

beforeEach(() => {
  clock = createFakeClock()
  done = []
  failures = []
  closing = new AbortController()
})

/** A store that takes its time, and keeps one record. */
function createStore(slowMs = 0, record?: unknown): SessionStore & { record: unknown } {
  const pause = () => new Promise<void>((resolve) => (slowMs ? clock.setTimer(slowMs, resolve) : resolve()))
  const store = {
    record,
    load: async () => store.record,
    async save(saved: { generation: number }) {
      done.push(`save ${saved.generation}`)
      await pause()
      store.record = saved
    },
    async clear() {
      done.push('clear')
      await pause()
      store.record = undefined
    },
  }
  return store
}

function keep(store: SessionStore): SessionRecord {
  const ports = { clock, store, lock: createFakeLock(), ledger: createFakeLedgerStore(), random: createFakeRandom(0.5) }
  const state = createState(initialState(true, 'ready'))
  const emit = (event: SessionEventDetail) =>
    void failures.push(event.type === 'capability-degraded' ? event.detail : event.type)
  const parts = { page: { closing: closing.signal }, store: state, events: { emit } }
  return createPersistence(ports, { namespace: 'token-manager:ward:1' }, parts).session
}

const stored = (session = aSession(), writtenAt = NOON) => ({ ...session, v: 1, writtenAt })

describe('saving', () => {
  it('begins within the call: a synchronous store has written before the page can go', () => {
    keep(createStore()).save(aSession())
    expect(done).toEqual(['save 1'])
  })

  it('what is loaded is what was saved', async () => {
    const store = createStore()
    keep(store).save(aSession())
    await clock.run(0)
    expect(store.record).toEqual(stored())
    expect(await keep(store).load()).toEqual(aSession())
  })

  it('scenario 18: one after another, and the newest wish replaces those that wait', async () => {
    const store = createStore(SECOND)
    const keeper = keep(store)
    keeper.save(aSession())
    keeper.save(aSession({ generation: 2 }))
    keeper.save(aSession({ generation: 3 }))
    keeper.clear()
    await clock.run(MINUTE)
    expect(done).toEqual(['save 1', 'clear'])
    expect(store.record).toBeUndefined()
  })
})

describe('loading', () => {
  it.each([undefined, null])('%j is nothing, and no reason for anything', async (record) => {
    expect(await keep(createStore(0, record)).load()).toBeUndefined()
    expect([...failures, ...done]).toEqual([])
  })

  it.each([
    'junk',
    false,
    {},
    { ...stored(), v: 0 },
    { ...stored(), v: 2 },
    { ...stored(), accessToken: 7 },
    { accessToken: 'half a session' },
  ])('%j is no session: it is discarded, and that is told', async (record) => {
    const store = createStore(0, record)
    const keeper = keep(store)
    expect(await keeper.load()).toBeUndefined()
    await keeper.settled()
    expect(failures).toEqual(['What was stored is no session, and was discarded.'])
    expect(store.record).toBeUndefined()
  })

  it('a failure after that is told of all the same', async () => {
    const keeper = keep({ ...createStore(0, 'junk'), clear: () => Promise.reject(new RangeError('blocked')) })
    await keeper.load()
    await keeper.settled()
    expect(failures).toEqual(['What was stored is no session, and was discarded.', 'The store failed (RangeError).'])
  })

  it('is outdated by a sign-in that came in between, which nothing is discarded after', async () => {
    let answer = (_: unknown) => {}
    const store = { ...createStore(), load: () => new Promise<unknown>((resolve) => (answer = resolve)) }
    for (const found of [stored(), 'junk']) {
      done = []
      const keeper = keep(store)
      const loading = keeper.load()
      keeper.save(aSession({ sid: 'new' }))
      answer(found)
      expect(await loading).toBeUndefined()
      await keeper.settled()
      expect(done).toEqual(['save 1'])
    }
    expect(failures).toEqual([])
  })

  it('scenario 38: a session from the future counts on from where it was', async () => {
    const store = createStore(0, stored(aSession(), NOON + HOUR))
    expect(await keep(store).load()).toMatchObject({
      accessIssuedAt: NOON - HOUR,
      accessExpiresAt: NOON + 15 * MINUTE - HOUR,
    })
  })
})

it('the store is told at each call whose session it is', async () => {
  const told: unknown[] = []
  const keeper = keep({
    load: async (namespace) => void told.push(namespace),
    save: async (_, namespace) => void told.push(namespace),
    clear: async (namespace) => void told.push(namespace),
  })
  await keeper.load()
  keeper.save(aSession())
  await keeper.settled()
  keeper.clear()
  await keeper.settled()
  expect(told).toEqual(Array(3).fill('token-manager:ward:1'))
})

describe('scenario 20: a store that fails', () => {
  const broken: SessionStore = {
    load: () => Promise.reject(new DOMException('blocked', 'SecurityError')),
    save: () => {
      throw new Error('full')
    },
    clear: () => Promise.reject('no error at all'),
  }

  it('is told of once, and never throws', async () => {
    const keeper = keep(broken)
    expect(await keeper.load()).toBeUndefined()
    keeper.save(aSession())
    keeper.clear()
    await clock.run(0)
    expect(failures).toEqual(['The store failed (SecurityError).'])
  })

  it.each([
    [new RangeError('SECRET'), 'RangeError'],
    [new TokenManagerError('store_failed', 'SECRET', { cause: new DOMException('', 'QuotaExceededError') }), 'Quota'],
    [new TokenManagerError('store_failed', 'SECRET'), 'no error'],
    ['SECRET', 'no error'],
  ])('is told of without what it says: %s', async (error, name) => {
    await keep({ ...broken, load: () => Promise.reject(error) }).load()
    expect(failures).toEqual([expect.stringContaining(name)])
    expect(failures.join()).not.toContain('SECRET')
  })

  it('does not stop what comes after', async () => {
    const store = createStore()
    const keeper = keep({ ...store, save: () => Promise.reject(new Error('full')) })
    keeper.save(aSession())
    keeper.clear()
    await clock.run(0)
    expect(done).toEqual(['clear'])
    expect(failures).toEqual(['The store failed (Error).'])
  })

  it('does not keep anyone waiting when it never answers', async () => {
    const store = createStore()
    const keeper = keep({ ...store, save: () => new Promise(() => {}) })
    keeper.save(aSession())
    keeper.clear()
    await clock.run(MINUTE)
    await keeper.settled()
    expect(done).toEqual(['clear'])
    expect(failures).toEqual(['The store does not answer.'])
    expect(clock.pending).toBe(0)
  })
})

it('a load that takes its time is told of, and waited for', async () => {
  const store = createStore(0, stored())
  const keeper = keep({
    ...store,
    load: () => new Promise((resolve) => clock.setTimer(10 * SECOND, () => resolve(stored()))),
  })
  const loading = keeper.load()
  await clock.run(5 * SECOND)
  expect(failures).toEqual(['The store does not answer.'])
  await clock.run(5 * SECOND)
  expect(await loading).toEqual(aSession())
})

it('a page that is done with waits for nothing that was stored, and has nothing to tell', async () => {
  void keep({ ...createStore(), load: () => new Promise(() => {}) }).load()
  closing.abort()
  await clock.run(MINUTE)
  expect([clock.pending, failures]).toEqual([0, []])
})

it('leaves no timer behind', async () => {
  const keeper = keep(createStore())
  await keeper.load()
  keeper.save(aSession())
  await keeper.settled()
  expect(clock.pending).toBe(0)
})
