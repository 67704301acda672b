import { expect } from 'vitest'
import { eventually } from '../support/session.ts'
import type { Tab } from './engine.ts'
import { firstOf, signedInTabs, signIn, untilAll } from './tabs.ts'
import type { EngineTest, World } from './world.ts'

declare global {
  /** What became of the first requests of a page that is shown, anew or from the back/forward cache. */
  var whenShown: Promise<Record<string, number>> | undefined
}

const TABS = 5

function askWhenShown(): void {
  addEventListener('pageshow', () => {
    globalThis.whenShown = app.outcomes([app.patients(), app.tokens.getAccessToken()])
  })
}

async function leave(tab: Tab, { origin }: World): Promise<void> {
  await tab.evaluate(() => {
    globalThis.whenShown = undefined
  })
  await tab.goto(`${origin.url}/page.js`)
  expect(await tab.evaluate(() => 'app' in globalThis)).toBe(false)
}

async function expectSignedOutAtOnce(tab: Tab, { origin }: World): Promise<void> {
  // A task of its own: what is evaluated ends with its document.
  await tab.evaluate(() => void setTimeout(() => history.back()))
  await eventually(async () => expect(await tab.evaluate(() => globalThis.whenShown !== undefined)).toBe(true))
  expect(await tab.evaluate(() => globalThis.whenShown)).toEqual({ signed_out: 2 })
  await untilAll([tab], { status: 'signed-out' })
  expect(origin.qa.counts().endpoints).toMatchObject({ api: { requests: 0 }, refresh: { requests: 0 } })
}

/** Back to a page from before a sign-out. */
export function back(test: EngineTest, engine: string): void {
  test(`scenarios 23 and 35, ${engine}: Back after a sign-out, the others of ${TABS} tabs live on, then are gone: signed out before any request`, async ({
    visit,
  }) => {
    // A page that is not cached would have nothing left of its session in memory.
    const world = await visit({ before: askWhenShown, manager: { store: 'session' }, server: { reuse: 'strict' } })
    const [tab, ...rest] = await signedInTabs(world, TABS)
    const others = firstOf(rest)
    // The endpoint's answer would clear the browser's cache.
    world.origin.qa.setFault({ endpoint: 'logout', kind: '503', times: 1_000 })
    await leave(tab, world)
    await others[0].evaluate(() => app.tokens.signOut())
    await untilAll(others, { status: 'signed-out' })
    await expectSignedOutAtOnce(tab, world)

    await signIn(others[0])
    await untilAll([tab, ...others], { status: 'active' })
    await leave(tab, world)
    await others[0].evaluate(() => app.tokens.signOut())
    await untilAll(others, { status: 'signed-out' })
    for (const other of others) await other.close()
    await expectSignedOutAtOnce(tab, world)
  })
}
