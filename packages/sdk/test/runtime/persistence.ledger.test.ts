import { beforeEach, describe, expect, it } from 'vitest'
import type { Ports } from '../../src/ports.ts'
import { createPersistence, HEARD_MS, type LedgerRecord } from '../../src/runtime/persistence.ts'
import { createStore } from '../../src/runtime/session-store.ts'
import { initialState } from '../../src/session/state.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import type { Ledger } from '../../src/types.ts'
import { createFakeClock, type FakeClock } from '../support/clock.ts'
import { createFakeLedgerStore, createFakeLock, createFakeRandom } from '../support/ports.ts'
import { aLedger, HOUR, MINUTE, NOON } from '../support/sessions.ts'

const out = aLedger({ signedOut: { reason: 'user', at: NOON, generation: 1 } })

let clock: FakeClock
let store: ReturnType<typeof createFakeLedgerStore>
let lock: ReturnType<typeof createFakeLock>
let closing: AbortController
let keeper: LedgerRecord

/** The ledger of a page that knows `known()`. */
function aKeeper(known: () => Ledger | undefined = () => undefined, over: Partial<Ports> = {}): LedgerRecord {
  const ports = { clock, lock, ledger: store, store: memoryStore(), random: createFakeRandom(0), ...over }
  const state = createStore(initialState(true, 'ready'))
  const knowing = {
    ...state,
    get state() {
      const ledger = known()
      return { ...state.state, ...(ledger && { ledger }) }
    },
  }
  const page = { closing: closing.signal }
  return createPersistence(ports, { namespace: 'ns' }, { page, store: knowing, events: { emit() {} } }).ledger
}

beforeEach(() => {
  clock = createFakeClock()
  store = createFakeLedgerStore()
  lock = createFakeLock()
  closing = new AbortController()
  keeper = aKeeper()
})

const stored = (ledger: Ledger, writtenAt = NOON) => ({ ...ledger, v: 1, writtenAt })

describe('what is there', () => {
  it('comes back as it was written', () => {
    keeper.write(out)
    expect(keeper.read()).toEqual(out)
  })

  it.each([undefined, null, 'junk', 7, [], {}, { ...stored(aLedger()), v: 2 }, stored(aLedger({ generation: -1 }))])(
    'counts for nothing if it is %j',
    (record) => {
      store.record = record
      expect(keeper.read()).toBeUndefined()
      keeper.write(aLedger())
      expect(keeper.read()).toEqual(aLedger())
    },
  )
})

describe('scenario 36: storage that somebody cleared', () => {
  it.each([undefined, null])('gets what the page knows at the next look: %j', async (nothing) => {
    keeper = aKeeper(() => out)
    store.record = nothing
    expect(keeper.read()).toEqual(out)
    expect(store.record).toEqual(stored(out))
    await clock.run(0)
    keeper.read()
    expect(store.writes).toBe(1)
  })

  it('gets nothing from a page that knows nothing', () => {
    expect(keeper.read()).toBeUndefined()
    expect(store.writes).toBe(0)
  })

  it('is told from a record of another version, which two versions would replace in turns for ever', () => {
    keeper = aKeeper(() => out)
    store.record = { ...stored(aLedger()), v: 2 }
    expect(keeper.read()).toBeUndefined()
    expect(store.writes).toBe(0)
  })
})

describe('scenario 36: a write of the same moment that lacks what the page knows', () => {
  const behind = stored(aLedger())

  async function hear(known: Ledger, over: Partial<Ports> = {}): Promise<void> {
    keeper = aKeeper(() => known, over)
    store.record = behind
    keeper.read(behind)
    keeper.read(behind)
    await clock.run(HEARD_MS)
  }

  it('is made up for, once, and in turn with the others', async () => {
    await hear(out)
    expect(store.record).toEqual(stored(out, NOON + HEARD_MS))
    expect([store.writes, lock.names]).toEqual([1, ['ns:ledger']])
  })

  it('is left alone where another page has made up for it', async () => {
    lock.close()
    await hear(out)
    store.record = stored(out)
    lock.open()
    await clock.run(0)
    expect(store.writes).toBe(0)
  })

  it('is left alone where it lacks no more than activity, of which clocks may think differently', async () => {
    await hear(aLedger({ lastActivityAt: NOON - 100, activities: 5 }))
    expect([store.writes, lock.names]).toEqual([0, []])
  })

  it('is made up for at another time where the lock is refused', async () => {
    let isRefused = true
    const request: typeof lock.request = (...given) =>
      isRefused ? Promise.reject(new Error('no')) : lock.request(...given)
    await hear(out, { lock: { ...lock, request } })
    expect(store.writes).toBe(0)
    isRefused = false
    keeper.read(behind)
    await clock.run(HEARD_MS)
    expect(store.writes).toBe(1)
  })
})

describe('what another page wrote', () => {
  it('is heard of even if a write of the same moment has replaced it', () => {
    keeper.write(aLedger({ generation: 2 }))
    expect(keeper.read(stored(out))?.signedOut?.reason).toBe('user')
    expect(keeper.read(stored(aLedger()))?.generation).toBe(2)
  })

  it.each([undefined, null, 'junk', { ...stored(out), v: 2 }])('counts for nothing if it is %j', (written) => {
    keeper.write(aLedger())
    expect(keeper.read(written)).toEqual(aLedger())
  })
})

describe('writing', () => {
  it('happens within the call: the page may be gone in the next moment', () => {
    keeper.write(out)
    expect(store.record).toEqual(stored(out))
  })

  it('undoes nothing that another page knows better', () => {
    store.record = stored(out)
    keeper.write(aLedger({ generation: 3 }))
    expect(keeper.read()?.signedOut?.reason).toBe('user')
  })

  it('scenario 36: what another page should have written is written in turn, where it is missing only', async () => {
    store.record = stored(aLedger())
    lock.close()
    keeper.ensure(out)
    await clock.run(HEARD_MS)
    expect(store.writes).toBe(0)
    lock.open()
    await clock.run(0)
    expect(store.record).toEqual(stored(out, NOON + HEARD_MS))
    keeper.ensure(out)
    await clock.run(HEARD_MS)
    expect(store.writes).toBe(1)
  })

  it('what another page should have written waits until all have heard of it', async () => {
    keeper.ensure(out)
    await clock.run(HEARD_MS - 1)
    expect(lock.names).toEqual([])
    await clock.run(1)
    expect(lock.names).toEqual(['ns:ledger'])
  })

  it('a page that is done with does not wait', async () => {
    keeper.ensure(out)
    closing.abort()
    await clock.run(0)
    expect(store.record).toEqual(stored(out))
    expect(clock.pending).toBe(0)
  })
})

describe('scenario 54: a storage that is full for a moment', () => {
  it('is written to at the next look, with what other pages have written meanwhile', async () => {
    store.record = stored(aLedger())
    store.isFull = true
    keeper.write(out)
    await clock.run(0)
    expect(keeper.read()).toEqual(out)
    store.isFull = false
    store.record = stored(aLedger({ activities: 7 }))
    expect(keeper.read()).toEqual({ ...out, activities: 7 })
    expect(store.record).toEqual(stored({ ...out, activities: 7 }))
  })

  it('is not written to again once it has the record', async () => {
    store.isFull = true
    keeper.write(out)
    await clock.run(0)
    store.isFull = false
    keeper.read()
    await clock.run(0)
    const { writes } = store
    keeper.read()
    expect(store.writes).toBe(writes)
  })
})

describe('scenario 38: clocks', () => {
  it('a page whose clock was set back writes what the others can read', () => {
    clock.setWall(-HOUR)
    keeper.write(aLedger())
    expect(store.record).toEqual(stored(aLedger({ signedInAt: NOON - HOUR, lastActivityAt: NOON - HOUR }), NOON - HOUR))
    expect(keeper.read()).toEqual(aLedger())
  })

  it('after a restart with the clock set back the limits count on from where they were', () => {
    store.record = stored(aLedger({ lastActivityAt: NOON + HOUR - MINUTE }), NOON + HOUR)
    expect(keeper.read()).toMatchObject({ signedInAt: NOON - HOUR, lastActivityAt: NOON - MINUTE })
  })

  it('and go on counting, however often the record is looked at', async () => {
    store.record = stored(aLedger({ lastActivityAt: NOON + HOUR - MINUTE }), NOON + HOUR)
    const first = keeper.read()
    await clock.run(10 * MINUTE)
    expect(keeper.read()).toEqual(first)
  })
})
