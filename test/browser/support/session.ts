import type { QaCounts } from '@token-manager/refresh-server'
import type { SessionEvent, SessionSnapshot } from '@token-manager/sdk'
import type { Page } from 'playwright-core'
import { expect, vi } from 'vitest'
import type { Origin } from './origin.ts'

type SignInOptions = { username?: string; lifetime?: 'over' }

/** Signs in against the server and gives the page's manager the session. */
export function signIn(page: Page, options: SignInOptions = {}): Promise<SessionSnapshot> {
  return page.evaluate((given) => app.signIn(given), options)
}

/** Waits until the page knows whether it has a session, and forgets what that took. */
export async function settle(page: Page, { qa }: Origin): Promise<void> {
  await page.evaluate(() => app.tokens.start())
  qa.reset()
}

export function snapshotOf(page: Page): Promise<SessionSnapshot> {
  return page.evaluate(() => app.tokens.getSnapshot())
}

export function eventsOf(page: Page): Promise<readonly SessionEvent[]> {
  return page.evaluate(() => app.tokens.getEvents())
}

/** What happened since the newest sign-in. */
export async function eventTypesOf(page: Page): Promise<string[]> {
  const types = (await eventsOf(page)).map(({ type }) => type)
  return types.slice(types.lastIndexOf('signed-in') + 1)
}

/** Repeats assertions until they hold, however long a busy machine takes. */
export function eventually(assertions: () => void | Promise<void>): Promise<void> {
  return vi.waitFor(assertions, { interval: 40, timeout: 30_000 })
}

export function untilSession(page: Page, expected: Partial<SessionSnapshot>): Promise<void> {
  return eventually(async () => expect(await snapshotOf(page)).toMatchObject(expected))
}

/** How often each refresh token was sent: once, unless an attempt was repeated. */
export function attemptsPerKey({ idempotencyKeys }: QaCounts): number[] {
  return Object.values(idempotencyKeys)
}

export function refreshRequests({ qa }: Origin): number {
  return qa.counts().endpoints.refresh.requests
}

/** The users whose tokens came with requests for this. */
export function usersSeen({ seen }: Origin, isThis: (path: string) => boolean): string[] {
  return seen.flatMap(({ path, authorization }) => {
    const claims = authorization?.split('.')[1]
    if (!isThis(path) || claims === undefined) return []
    return [JSON.parse(Buffer.from(claims, 'base64url').toString()).sub]
  })
}
