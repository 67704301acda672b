import { beforeEach, describe, expect, it } from 'vitest'
import { createNews, type News } from '../../src/runtime/news.ts'
import { sleep } from '../../src/runtime/scheduler.ts'
import type { Happening } from '../../src/session/actions.ts'
import { initialState } from '../../src/session/state.ts'
import type { Session } from '../../src/types.ts'
import { createFakeClock, type FakeClock } from '../support/clock.ts'
import { aLedger, aSession, MINUTE, SECOND } from '../support/sessions.ts'

let clock: FakeClock
let learned: Happening[]
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
function create(isShared = true): News {
  return createNews({
    clock,
    store: isShared ? { subscribe: () => () => {} } : {},
    transport: { refreshTokenIn: 'body', accessTokenIn: 'header', replays: false },
    maxWaitMs: 15 * SECOND,
    state: () => ({ ...initialState(true, 'ready'), session: aSession(), ledger: aLedger() }),
    dispatch: (happening) => void learned.push(happening),
    sleep: (ms, ...ends) => sleep(clock, ms, ...ends),
    closing: new AbortController().signal,
    readLedger: () => undefined,
    loadSession() {
      loads++
      return load()
    },
    ask: async () => new Set(),
    restore() {},
    judge() {},
  })
}

/** How long another look takes. */
async function lookAgain(news: News): Promise<number> {
  const startedAt = clock.now()
  let endedAt = startedAt
  const looking = news.lookAgain().then(() => {
    endedAt = clock.now()
  })
  await clock.run(MINUTE)
  await looking
  return endedAt - startedAt
}

describe('before a refresh token is spent', () => {
  it('a store that pages share is asked each time, also by a page that knows of nothing newer', async () => {
    const news = create()
    for (const times of [1, 2]) {
      await lookAgain(news)
      expect(loads).toBe(times)
    }
    expect(learned).toContainEqual({ type: 'learned', from: 'store', session: aSession({ generation: 2 }) })
  })

  it('the store of this page alone has nothing to tell', async () => {
    await lookAgain(create(false))
    expect(loads).toBe(0)
  })

  it('a store that hangs is waited for a second, once, and again after it has answered', async () => {
    const news = create()
    let answer = (_: Session | undefined) => {}
    load = () =>
      new Promise((resolve) => {
        answer = resolve
      })
    expect([await lookAgain(news), await lookAgain(news), loads]).toEqual([SECOND, 0, 1])
    answer(undefined)
    await clock.run(0)
    load = async () => undefined
    expect([await lookAgain(news), loads]).toEqual([0, 2])
  })
})
