import { setTimeout as delay } from 'node:timers/promises'
import type { ManagerConfig } from '../../browser/page/page.ts'
import type { Poll } from '../../browser/page/poll.ts'
import type { Origin } from '../../browser/support/origin.ts'
import type { QuietPage } from '../quiet-page.ts'
import type { SceneOptions, Stage } from '../stage.ts'

declare global {
  /** What the page asks of the protected API, again and again. */
  var polling: Poll
}

/** Milliseconds between two looks at all tabs. */
const LOOK_EVERY_MS = 20
/** What has not come by then does not come any more. */
const GIVE_UP_MS = 20_000

/** Nothing is refreshed by itself while something else is measured. */
export const UNSPREAD: ManagerConfig = { options: { policy: { jitterRatio: 0 } } }

/** The tabs of one origin, in a window of their own: the first is visible, the others are hidden. */
export interface Crowd {
  tabs: readonly QuietPage[]
  origin: Origin
}

export type CrowdOptions = Omit<SceneOptions, 'place'> & { size: number }

export function gather<T>(
  stage: Stage,
  { size, ...options }: CrowdOptions,
  act: (crowd: Crowd) => Promise<T>,
): Promise<T> {
  return stage.play({ ...options, place: 'window of its own' }, async ({ page, origin, open }) => {
    const hidden = await Promise.all(Array.from({ length: size - 1 }, () => open('back')))
    // Each asked whether there is a session; that counts for nothing.
    origin.qa.reset()
    return act({ tabs: [page, ...hidden], origin })
  })
}

/** Runs the same in all of them. */
export function inEach<T>(tabs: readonly QuietPage[], run: () => T | Promise<T>): Promise<T[]> {
  return Promise.all(tabs.map((tab) => tab.evaluate(run)))
}

/** @throws Error that names what did not come */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const givenUpAt = Date.now() + GIVE_UP_MS
  while (!(await isSo())) {
    if (Date.now() > givenUpAt) throw new Error(`Not within ${GIVE_UP_MS} ms: ${what}.`)
    await delay(LOOK_EVERY_MS)
  }
}

/** Signs in in one of them, and waits until the others have heard of it. */
export async function signIn(tabs: readonly QuietPage[], tab: QuietPage): Promise<void> {
  await tab.evaluate(() => app.signIn())
  await until('every tab is signed in', async () => (await countLost(tabs)) === 0)
}

export async function startPolling(tabs: readonly QuietPage[], everyMs: number): Promise<void> {
  const start = (ms: number) => {
    globalThis.polling = app.poll(ms)
  }
  await Promise.all(tabs.map((tab) => tab.evaluate(start, everyMs)))
}

/** How many requests there were, and how many of them were not answered with 200. */
export async function stopPolling(tabs: readonly QuietPage[]): Promise<{ sent: number; failed: number }> {
  const polled = await inEach(tabs, () => globalThis.polling.stop())
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0)
  const sent = sum(polled.map((counts) => counts.sent))
  return { sent, failed: sent - sum(polled.map(({ statuses }) => statuses[200] ?? 0)) }
}

/** In how many of them there is no session that works. */
export async function countLost(tabs: readonly QuietPage[]): Promise<number> {
  const statuses = await inEach(tabs, () => app.tokens.getSnapshot().status)
  return statuses.filter((status) => status !== 'active').length
}

/** The tab that acts first, once there is one, and the others. */
export async function leaderAmong(tabs: readonly QuietPage[]): Promise<{ leader: QuietPage; others: QuietPage[] }> {
  let leader: QuietPage | undefined
  await until('one leader', async () => {
    const leads = await inEach(tabs, () => app.tokens.getDiagnostics().isLeader)
    leader = leads.filter(Boolean).length === 1 ? tabs[leads.indexOf(true)] : undefined
    return leader !== undefined
  })
  if (leader === undefined) throw new Error('There is no leader.')
  const first = leader
  return { leader: first, others: tabs.filter((tab) => tab !== first) }
}
