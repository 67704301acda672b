import { setTimeout as delay } from 'node:timers/promises'
import type { QuietPage } from '../quiet-page.ts'
import type { Figure, Reading } from '../reading.ts'
import type { Stage } from '../stage.ts'
import { countLost, gather, inEach, leaderAmong, signIn, startPolling, stopPolling, UNSPREAD, until } from './crowd.ts'

declare global {
  /** When a token came that the page had asked for. */
  var tokenAt: Promise<number>
}

const SIZE = 5
const REFRESH_MS = 2_000
const POLL_EVERY_MS = 200

const WAYS = {
  crashes: (tab: QuietPage) => tab.crash(),
  'is closed': (tab: QuietPage) => void tab.close(),
} as const

type Way = keyof typeof WAYS

function end(tab: QuietPage, way: Way): number {
  const at = Date.now()
  WAYS[way](tab)
  return at
}

/** The refreshing tab is gone in the middle of a refresh that the server commits for a live client only. */
function inFlight(stage: Stage, way: Way): Promise<Reading[]> {
  return gather(stage, { size: SIZE, manager: UNSPREAD, server: { reuse: 'strict' } }, async ({ tabs, origin }) => {
    const { leader, others } = await leaderAmong(tabs)
    await signIn(tabs, leader)
    origin.qa.setFault({ endpoint: 'refresh', kind: 'latency', ms: REFRESH_MS, when: 'before' })
    await leader.evaluate(() => void app.tokens.refreshAccessToken().catch(() => {}))
    await until('the refresh is under way', () => origin.qa.counts().endpoints.refresh.requests === 1)
    await startPolling(others, POLL_EVERY_MS)
    await inEach(others, () => {
      globalThis.tokenAt = app.tokens.refreshAccessToken().then(() => Date.now())
    })
    await delay(REFRESH_MS / 2)
    const endedAt = end(leader, way)
    const tokenAt = await inEach(others, () => globalThis.tokenAt.catch(() => Number.NaN))
    const { failed } = await stopPolling(others)
    const lost = await countLost(others)
    const { endpoints, reuseEvents } = origin.qa.counts()
    if (endpoints.refresh.statuses.dropped !== 1)
      throw new Error('The tab that was to refresh was not in the middle of it.')
    return [
      {
        name: `The refreshing tab ${way}: until every other has a fresh token`,
        unit: 'ms',
        value: Math.max(...tokenAt) - endedAt,
        target: REFRESH_MS + 100,
      },
      {
        name: `  ${way}: failed requests, reuse, sessions lost`,
        unit: '',
        value: failed + reuseEvents + lost,
        target: 0,
        judged: 'worst',
      },
    ]
  })
}

/** No refresh is under way, and the leader is gone. */
function atRest(stage: Stage, way: Way): Promise<Reading[]> {
  return gather(stage, { size: SIZE, manager: UNSPREAD, server: { reuse: 'strict' } }, async ({ tabs }) => {
    const { leader, others } = await leaderAmong(tabs)
    await signIn(tabs, leader)
    const endedAt = end(leader, way)
    let ledAt: Array<number | null> = []
    await until('a new leader', async () => {
      ledAt = await inEach(others, () => {
        const led = app.tokens.getEvents().find((event) => event.type === 'leader-changed' && event.isLeader)
        return led?.at ?? null
      })
      return ledAt.some((at) => at !== null)
    })
    const newest = ledAt.filter((at) => at !== null)
    return [
      {
        name: `The leader ${way}, at rest: until there is another`,
        unit: 'ms',
        value: Math.min(...newest) - endedAt,
        target: 100,
      },
    ]
  })
}

const inAllWays =
  (play: (stage: Stage, way: Way) => Promise<Reading[]>): Figure =>
  async (stage) => [...(await play(stage, 'crashes')), ...(await play(stage, 'is closed'))]

export const refresherLost = inAllWays(inFlight)
export const leaderLost = inAllWays(atRest)
