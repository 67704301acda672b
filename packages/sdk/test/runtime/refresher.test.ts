import { expect, it } from 'vitest'
import { createPageLock } from '../../src/platform/page-lock.ts'
import type { Claims } from '../../src/ports.ts'
import { createRefresher } from '../../src/runtime/refresher.ts'
import { sleep } from '../../src/runtime/scheduler.ts'
import { transition } from '../../src/session/reducer.ts'
import type { State } from '../../src/session/state.ts'
import type { Attempt, Endpoint } from '../../src/types.ts'
import { createFakeClock } from '../support/clock.ts'
import { createFakeRandom } from '../support/ports.ts'
import { aLedger, aSession, NOON, SECOND, signedIn } from '../support/sessions.ts'

const endpoint: Endpoint = { refreshTokenIn: 'body', accessTokenIn: 'header', replays: false }
const TIMEOUT_MS = 60_000

/** The refresher of a page without Web Locks. */
function unlocked(claim: Claims['claim'], isFirst = true, before: State = signedIn()) {
  const clock = createFakeClock()
  const sent: Attempt[] = []
  const asked: number[] = []
  let state = before
  const refresher = createRefresher({
    ...{ clock, claims: { claim }, transport: endpoint, tab: 'a', namespace: 'ns', refreshTimeoutMs: TIMEOUT_MS },
    random: createFakeRandom(0),
    lock: createPageLock(),
    state: () => state,
    isAsleep: () => false,
    isFirst: () => isFirst,
    need: () => void asked.push(clock.now()),
    dispatch(happening) {
      ;[state] = transition(state, happening)
    },
    lookAgain: async () => {},
    askAwake: async () => new Set<string>(),
    landed() {},
    sleep: (ms, signal) => sleep(clock, ms, signal),
    async send({ attempt }) {
      sent.push(attempt)
      return false
    },
  })
  return { refresher, clock, sent, asked, session: () => state.session }
}

it('scenario 45: a page that does not lead asks the leader once, and acts itself where that leads to nothing', async () => {
  const { refresher, clock, asked, sent } = unlocked(async (_, number) => number, false)
  const since = clock.now()
  for (let i = 0; i < 10; i++) {
    await refresher.run('request')
    await clock.run(100)
  }
  expect([asked, sent, refresher.restsUntil]).toEqual([[since], [], since + 1_000])
  await refresher.run('request')
  expect([asked.length, sent.length]).toEqual([1, 1])
})

it('scenario 45: a page that restores a session asks nobody: the leader may have none', async () => {
  const { refresher, asked, sent } = unlocked(async (_, number) => number, false)
  await refresher.run('restore')
  expect([asked, sent.length]).toEqual([[], 1])
})

it('scenario 45: an attempt is sent under the number that it was claimed with', async () => {
  const { refresher, clock, sent } = unlocked(async (name, number, lastsMs) => {
    expect([name, number, lastsMs]).toEqual(['ns:s:1', 1, TIMEOUT_MS])
    return 3
  })
  void refresher.run('timer')
  await clock.run(0)
  expect(sent).toMatchObject([{ number: 3, expiresAt: clock.now() + TIMEOUT_MS }])
})

it('scenario 45: what another page has claimed is not sent, and looked at again each second', async () => {
  const claimed: number[] = []
  const { refresher, clock, sent } = unlocked(async (_, number) => {
    claimed.push(number)
    return claimed.length < 4 ? undefined : 2
  })
  void refresher.run('timer')
  await clock.run(2_500)
  expect([claimed, sent]).toEqual([[1, 1, 1], []])
  await clock.run(1_000)
  expect(sent).toMatchObject([{ number: 2 }])
})

it('scenario 45: a page that hung until its claim had passed sends nothing', async () => {
  let goOn = (_: number) => {}
  const answers = [new Promise<number>((resolve) => (goOn = resolve))]
  const { refresher, clock, sent } = unlocked(async () => answers.pop())
  void refresher.run('timer')
  await clock.run(0)
  clock.sleep(TIMEOUT_MS)
  goOn(1)
  await clock.run(5_000)
  expect(sent).toEqual([])
})

it('scenario 45: tokens that another page has spent are not given up while the news may be on its way', async () => {
  const behind = signedIn({ ledger: aLedger({ generation: 2 }), session: aSession({ accessExpiresAt: NOON - SECOND }) })
  const { refresher, clock, session } = unlocked(async (_, number) => number, true, behind)
  void refresher.run('timer')
  await clock.run(900)
  expect(session()).toBeDefined()
  await clock.run(200)
  expect(session()).toBeUndefined()
})
