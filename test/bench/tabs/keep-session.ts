import { setTimeout as delay } from 'node:timers/promises'
import type { QuietPage } from '../quiet-page.ts'
import type { Figure, Reading } from '../reading.ts'
import {
  type Crowd,
  countLost,
  gather,
  inEach,
  leaderAmong,
  signIn,
  startPolling,
  stopPolling,
  UNSPREAD,
  until,
} from './crowd.ts'

declare global {
  /** When each generation is due for its refresh. */
  var refreshDueAt: Record<number, number>
}

const FEW = 5
const MANY = 20
const LIFETIME_MS = 7_000
const RUN_MS = 15_000
/** Whoever is late has replaced its token by then. */
const QUIET_MS = 1_000
const POLL_EVERY_MS = 250
const LOOK_EVERY_MS = 100
const GIVE_UP_MS = 10_000
/** A need is met with a token that has half its life before it; so this one's is over for whoever asks for as much. */
const ALL_DUE_AFTER_MS = LIFETIME_MS / 2 + 150
const REFRESH_MS = 100

interface Trouble {
  title: string
  /** Lets all tabs need a new token in the same instant, again and again. */
  atOnce?: boolean
  frozenLeader?: boolean
}

/** To be called before the sign-in: the first refresh may come right after it. */
function watch(): void {
  globalThis.refreshDueAt = {}
  const note = () => {
    const { generation, nextRefreshAt } = app.tokens.getSnapshot()
    // Once the ledger tells of the next one, this one is due no more.
    if (nextRefreshAt !== undefined) globalThis.refreshDueAt[generation] ??= nextRefreshAt
  }
  app.tokens.subscribe(note)
}

/** Returns how many tokens were due for a refresh, once the newest is not about to be. */
async function pass(tab: QuietPage): Promise<number> {
  const startedAt = Date.now()
  for (;;) {
    await delay(LOOK_EVERY_MS)
    const passedMs = Date.now() - startedAt
    const { now, dueAt, isActive } = await tab.evaluate(() => ({
      now: Date.now(),
      dueAt: Object.values(globalThis.refreshDueAt),
      isActive: app.tokens.getSnapshot().status === 'active',
    }))
    const isQuiet = dueAt.every((at) => at < now || at > now + QUIET_MS) && dueAt.some((at) => at > now)
    const isOver = passedMs >= RUN_MS && (isQuiet || !isActive)
    if (isOver || passedMs > RUN_MS + GIVE_UP_MS) return dueAt.filter((at) => at <= now).length
  }
}

/** The same, but that all tabs are due by their own need before the first is by its timer. */
async function passAtOnce(tabs: readonly QuietPage[]): Promise<{ expiries: number; failed: number }> {
  const rounds = Math.floor(RUN_MS / ALL_DUE_AFTER_MS)
  let failed = 0
  for (let round = 0; round < rounds; round++) {
    await delay(ALL_DUE_AFTER_MS)
    const got = await inEach(tabs, () => app.outcomes([app.tokens.getAccessToken({ minValidityMs: 60_000 })]))
    failed += got.filter(({ token }) => token !== 1).length
  }
  return { expiries: rounds, failed }
}

async function keep({ tabs, origin }: Crowd, { title, atOnce, frozenLeader }: Trouble): Promise<Reading[]> {
  const size = tabs.length
  const { leader, others } = await leaderAmong(tabs)
  const awake = frozenLeader ? others : tabs
  const [visible] = awake
  if (visible === undefined) throw new Error('There is no tab.')
  if (frozenLeader) {
    await visible.show()
    await until('the leader is hidden', () => leader.evaluate(() => document.hidden))
    await leader.freeze()
  }
  if (atOnce) origin.qa.setFault({ endpoint: 'refresh', kind: 'latency', ms: REFRESH_MS })
  await until('a tab is visible', () => visible.evaluate(() => !document.hidden))
  // The frozen one is not asked: that would wake it.
  await visible.evaluate(watch)
  await signIn(awake, visible)
  await startPolling(awake, POLL_EVERY_MS)
  const { expiries, failed } = atOnce ? await passAtOnce(tabs) : { expiries: await pass(visible), failed: 0 }
  const polled = await stopPolling(awake)
  const lost = await countLost(tabs)
  const { endpoints, reuseEvents, apiUnauthorized } = origin.qa.counts()
  const requests = endpoints.refresh.requests
  if (expiries === 0 || polled.sent === 0) throw new Error(`${title}: ${expiries} expiries, ${polled.sent} requests.`)
  const never = (what: string, value: number): Reading => ({
    name: `  ${size} tabs: ${what}`,
    unit: '',
    value,
    target: 0,
    judged: 'worst',
  })
  return [
    {
      name: `${title}, ${size} tabs: refreshes per expiry`,
      unit: '',
      value: requests / expiries,
      target: 1,
      judged: 'worst',
    },
    never('reuse', reuseEvents),
    never('sessions lost', lost),
    never('401s on the wire', apiUnauthorized),
    never('failed requests', failed + polled.failed),
    { name: `  ${size} tabs: expiries`, unit: '', value: expiries },
    { name: `  ${size} tabs: requests sent`, unit: '', value: polled.sent },
  ]
}

const figureOf =
  (trouble: Trouble): Figure =>
  (stage) => {
    // What is due at once is due by need: the spread of the timers would only come in between.
    const manager = trouble.atOnce ? UNSPREAD : {}
    const options = { manager, server: { reuse: 'strict', accessLifetimeMs: LIFETIME_MS } } as const
    // One window after the other, and then side by side: they only count.
    return gather(stage, { ...options, size: FEW }, (few) =>
      gather(stage, { ...options, size: MANY }, async (many) =>
        (await Promise.all([keep(few, trouble), keep(many, trouble)])).flat(),
      ),
    )
  }

/** One session in many tabs that poll an API, with tokens of 7 s and an endpoint that takes each refresh token once. */
export const keepSession = figureOf({ title: '7 s tokens' })
export const keepSessionAtOnce = figureOf({ title: 'All due at once', atOnce: true })
export const keepSessionFrozen = figureOf({ title: 'Leader frozen', frozenLeader: true })
