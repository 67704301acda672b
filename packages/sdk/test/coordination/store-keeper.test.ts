import { beforeEach, describe, expect, it } from 'vitest'
import { createStoreKeeper } from '../../src/coordination/store-keeper.ts'
import type { SessionStore } from '../../src/ports.ts'
import { createFakeClock, type FakeClock } from '../support/clock.ts'
import { aSession, HOUR, MINUTE, NOON, SECOND } from '../support/sessions.ts'

let clock: FakeClock
let done: string[]
let failures: string[]

beforeEach(() => {
  clock = createFakeClock()
  done = []
  failures = []
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

const keep = (store: SessionStore) => createStoreKeeper(clock, store, (detail) => failures.push(detail))
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
  it.each([undefined, null, 'junk', {}, { ...stored(), v: 2 }, { ...stored(), accessToken: 7 }])(
    '%j is no session, and no failure',
    async (record) => {
      expect(await keep(createStore(0, record)).load()).toBeUndefined()
      expect(failures).toEqual([])
    },
  )

  it('scenario 38: a session from the future counts on from where it was', async () => {
    const store = createStore(0, stored(aSession(), NOON + HOUR))
    expect(await keep(store).load()).toMatchObject({
      accessIssuedAt: NOON - HOUR,
      accessExpiresAt: NOON + 15 * MINUTE - HOUR,
    })
  })
})

describe('scenario 20: a store that fails', () => {
  const broken: SessionStore = {
    load: () => Promise.reject(new Error('blocked')),
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
    expect(failures).toEqual(['blocked'])
  })

  it('does not stop what comes after', async () => {
    const store = createStore()
    const keeper = keep({ ...store, save: () => Promise.reject(new Error('full')) })
    keeper.save(aSession())
    keeper.clear()
    await clock.run(0)
    expect(done).toEqual(['clear'])
    expect(failures).toEqual(['full'])
  })
})
