import { beforeEach, describe, expect, it } from 'vitest'
import { createPage } from '../../src/runtime/page.ts'
import { createPeers, type Peers } from '../../src/runtime/peers.ts'
import type { Action } from '../../src/session/actions.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import type { Session } from '../../src/types.ts'
import { createFakeClock, type FakeClock } from '../support/clock.ts'
import { createFakeLedgerStore, watch } from '../support/ports.ts'
import { aSession, MINUTE, SECOND, signedIn } from '../support/sessions.ts'
import { transport } from '../support/transport.ts'

let clock: FakeClock
let learned: Action[]
let loads: number
/** What the store gives. */
let load: () => Promise<Session | undefined>

beforeEach(() => {
  clock = createFakeClock()
  learned = []
  loads = 0
  load = async () => aSession({ generation: 2 })
})

/** A page that has the newest tokens, as far as it knows. */
function create(isShared = true): Peers {
  const store = { ...memoryStore(), ...(isShared && { subscribe: () => () => {} }) }
  const session = {
    load() {
      loads++
      return load()
    },
    follow: () => () => {},
  }
  return createPeers(
    { clock, store, ledger: createFakeLedgerStore() },
    { transport, maxWaitMs: 15 * SECOND },
    {
      page: createPage(),
      store: { state: signedIn(), dispatch: (action) => void learned.push(action) },
      persistence: { ledger: { read: () => undefined }, session },
      crossTab: { ask: async () => new Set() },
    },
  )
}

/** How long it takes to learn what others did. */
async function sync(peers: Peers): Promise<number> {
  const startedAt = clock.now()
  let endedAt = startedAt
  const looking = peers.syncBeforeRefresh().then(() => {
    endedAt = clock.now()
  })
  await clock.run(MINUTE)
  await looking
  return endedAt - startedAt
}

describe('before a refresh token is spent', () => {
  it('a store that pages share is asked each time, also by a page that knows of nothing newer', async () => {
    const peers = create()
    for (const times of [1, 2]) {
      await sync(peers)
      expect(loads).toBe(times)
    }
    expect(learned).toContainEqual({ type: 'remote-state', from: 'store', session: aSession({ generation: 2 }) })
  })

  it('the store of this page alone has nothing to tell', async () => {
    await sync(create(false))
    expect(loads).toBe(0)
  })

  it('a store that hangs is waited for a second, once, and again after it has answered', async () => {
    const peers = create()
    let answer = (_: Session | undefined) => {}
    load = () =>
      new Promise((resolve) => {
        answer = resolve
      })
    expect([await sync(peers), await sync(peers), loads]).toEqual([SECOND, 0, 1])
    answer(undefined)
    await clock.run(0)
    load = async () => undefined
    expect([await sync(peers), loads]).toEqual([0, 2])
  })
})

describe('a page that opens on a store that hangs', () => {
  it('goes on with what another tab has told', async () => {
    load = () => new Promise(() => {})
    const settled = watch(create().hydrate())
    await clock.run(SECOND)
    expect(settled).toMatchObject({ settled: true })
  })
})
