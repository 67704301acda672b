import { expect, it } from 'vitest'
import { createPageLock } from '../../src/platform/page-lock.ts'
import type { Claims } from '../../src/ports.ts'
import { createPage } from '../../src/runtime/page.ts'
import { createRefresher } from '../../src/runtime/refresher.ts'
import { createStore } from '../../src/runtime/session-store.ts'
import type { State } from '../../src/session/state.ts'
import type { Attempt } from '../../src/types.ts'
import { createFakeClock } from '../support/clock.ts'
import { createFakePage, createFakeRandom } from '../support/ports.ts'
import { aLedger, aSession, NOON, SECOND, signedIn } from '../support/sessions.ts'
import { transport } from '../support/transport.ts'

const TIMEOUT_MS = 60_000

/** The refresher of a page without Web Locks. */
function unlocked(
  claim: Claims['claim'],
  {
    isFirst = true,
    before = signedIn(),
    isBlocked = false,
  }: { isFirst?: boolean; before?: State; isBlocked?: boolean } = {},
) {
  const clock = createFakeClock()
  const sent: Attempt[] = []
  const asked: number[] = []
  const store = createStore(before)
  const refresher = createRefresher(
    { clock, claims: { claim }, random: createFakeRandom(0), lock: createPageLock(), environment: createFakePage() },
    { transport, tab: 'a', namespace: 'ns', refreshTimeoutMs: TIMEOUT_MS },
    {
      page: createPage(),
      timer: { add() {} },
      store,
      crossTab: {
        leadership: { isLeader: isFirst, isFirst, rejoinElection() {} },
        requestRefresh: () => void asked.push(clock.now()),
        onRefreshRequested() {},
      },
      peers: { syncBeforeRefresh: async () => {}, findResponsivePeers: async () => new Set<string>() },
      limits: { isOver: () => false, isBlocked: () => isBlocked, evaluateInformed() {} },
      sender: {
        async send({ attempt }) {
          sent.push(attempt)
          return false
        },
      },
    },
  )
  return { refresher, clock, sent, asked, session: () => store.state.session }
}

it('scenario 45: a page that does not lead asks the leader once, and acts itself where that leads to nothing', async () => {
  const { refresher, clock, asked, sent } = unlocked(async (_, number) => number, { isFirst: false })
  const since = clock.now()
  for (let i = 0; i < 10; i++) {
    await refresher.start('request')
    await clock.run(100)
  }
  expect([asked, sent]).toEqual([[since], []])
  await refresher.start('request')
  expect([asked.length, sent.length]).toEqual([1, 1])
})

it('scenario 45: a page that restores a session asks nobody: the leader may have none', async () => {
  const { refresher, asked, sent } = unlocked(async (_, number) => number, { isFirst: false })
  await refresher.start('restore')
  expect([asked, sent.length]).toEqual([[], 1])
})

it('scenario 45: an attempt is sent under the number that it was claimed with', async () => {
  const { refresher, clock, sent } = unlocked(async (name, number, lastsMs) => {
    expect([name, number, lastsMs]).toEqual(['ns:s:1', 1, TIMEOUT_MS])
    return 3
  })
  void refresher.start('timer')
  await clock.run(0)
  expect(sent).toMatchObject([{ number: 3, expiresAt: clock.now() + TIMEOUT_MS }])
})

it('scenario 45: what another page has claimed is not sent, and looked at again each second', async () => {
  const claimed: number[] = []
  const { refresher, clock, sent } = unlocked(async (_, number) => {
    claimed.push(number)
    return claimed.length < 4 ? undefined : 2
  })
  void refresher.start('timer')
  await clock.run(2_500)
  expect([claimed, sent]).toEqual([[1, 1, 1], []])
  await clock.run(1_000)
  expect(sent).toMatchObject([{ number: 2 }])
})

it('scenario 45: a page that hung until its claim had passed sends nothing', async () => {
  let goOn = (_: number) => {}
  const answers = [new Promise<number>((resolve) => (goOn = resolve))]
  const { refresher, clock, sent } = unlocked(async () => answers.pop())
  void refresher.start('timer')
  await clock.run(0)
  clock.sleep(TIMEOUT_MS)
  goOn(1)
  await clock.run(5_000)
  expect(sent).toEqual([])
})

it('scenario 45: tokens that another page has spent are not given up while the news may be on its way', async () => {
  const behind = signedIn({ ledger: aLedger({ generation: 2 }), session: aSession({ accessExpiresAt: NOON - SECOND }) })
  const { refresher, clock, session } = unlocked(async (_, number) => number, { before: behind })
  void refresher.start('timer')
  await clock.run(900)
  expect(session()).toBeDefined()
  await clock.run(200)
  expect(session()).toBeUndefined()
})

it('scenario 30: nothing is sent while a limit has passed', async () => {
  const { refresher, sent } = unlocked(async (_, number) => number, { isBlocked: true })
  await refresher.start('explicit')
  expect(sent).toEqual([])
})
