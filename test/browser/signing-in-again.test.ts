import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { addressOf } from './support/origin.ts'
import { eventsOf, eventually, settle, signIn, snapshotOf, untilSession } from './support/session.ts'
import { test, type Visit } from './support/test.ts'

const RETRY = { firstMs: 200, factor: 2, maxMs: 1_000 }

/** The answer to a login, whose cookie the browser has stored, and which the manager has not been given yet. */
function logIn(page: Page, username: string): Promise<unknown> {
  return page.evaluate(async (name) => {
    const answer = await app.fetch('/auth/cookie/login', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ username: name, password: `${name}-pw` }),
    })
    return answer.json()
  }, username)
}

const logouts = ({ origin }: Visit) => origin.qa.counts().endpoints.logout

/** Amara has signed out, and the endpoint answers 503. */
async function signedOut({ page, origin, ...visit }: Visit, manager: object): Promise<Page> {
  await settle(page, origin)
  await signIn(page)
  const other = await visit.context.newPage()
  await other.goto(addressOf(origin, manager))
  await untilSession(other, { status: 'active' })
  origin.qa.setFault({ endpoint: 'logout', kind: '503', times: 1_000 })
  await page.evaluate(() => app.tokens.signOut())
  await untilSession(other, { status: 'signed-out' })
  await eventually(() => expect(logouts({ page, origin, ...visit }).statuses[503]).toBeGreaterThan(0))
  return other
}

/** That session goes on: its cookie is there, and good. */
async function expectAlive(page: Page, granted: unknown): Promise<void> {
  await page.evaluate((answer) => app.tokens.setSession(answer), granted)
  const first = (await snapshotOf(page)).generation
  await page.evaluate(() => app.tokens.refreshAccessToken())
  expect(await snapshotOf(page)).toMatchObject({ status: 'active', subject: 'ben', generation: first + 1 })
}

describe.concurrent('scenario 47: somebody signs in while a sign-out waits to be told', () => {
  test('the request names its session: it is revoked, and the new cookie lives', async ({ visit }) => {
    const manager = { flavour: 'cookie', namedRevocation: true, options: { policy: { retry: RETRY } } } as const
    const here = await visit({ manager })
    const other = await signedOut(here, manager)
    const granted = await logIn(other, 'ben')
    here.origin.qa.setFault({ endpoint: 'logout', kind: 'none' })
    await eventually(() => expect(logouts(here).statuses[204]).toBe(1))
    expect(here.origin.qa.counts().familiesRevoked).toBe(1)
    await expectAlive(other, granted)
    const types = [...(await eventsOf(here.page)), ...(await eventsOf(other))].map(({ type }) => type)
    expect(types).not.toContain('revocation-lost')
  })

  test('the app says that a login begins: no tab tries again, and one says so', async ({ visit }) => {
    const manager = { flavour: 'cookie', options: { policy: { retry: RETRY } } } as const
    const here = await visit({ manager })
    const other = await signedOut(here, manager)
    await other.evaluate(() => app.tokens.beginSignIn())
    const lost = async () =>
      [...(await eventsOf(here.page)), ...(await eventsOf(other))].filter(({ type }) => type === 'revocation-lost')
    await eventually(async () => expect(await lost()).toHaveLength(1))
    // Both tabs have settled once they are asked.
    await here.page.evaluate(() => app.tokens.getSnapshot())
    const tries = logouts(here).requests
    here.origin.qa.setFault({ endpoint: 'logout', kind: 'none' })
    const granted = await logIn(other, 'ben')
    await here.page.waitForTimeout(2 * RETRY.maxMs)
    expect(logouts(here).requests - tries).toBeLessThanOrEqual(1)
    await expectAlive(other, granted)
    expect(await lost()).toHaveLength(1)
  })
})

describe.concurrent('a restore that is rejected by a server that clears its cookies then', () => {
  const manager = { flavour: 'cookie' } as const

  test('takes away the cookie of a login that did not wait for it', async ({ visit }) => {
    const { page, origin, context } = await visit({ manager, clearsWhenRejecting: true })
    const hasCookie = async () => (await context.cookies()).some(({ name }) => name === 'refresh_token')
    await page.evaluate(() => app.tokens.start())
    const release = origin.hold('/auth/cookie/refresh')
    await page.reload()
    await eventually(() => expect(origin.seen.filter(({ path }) => path === '/auth/cookie/refresh')).toHaveLength(2))
    await signIn(page)
    expect(await hasCookie()).toBe(true)
    release()
    await eventually(async () => expect(await hasCookie()).toBe(false))
    await page.evaluate(() => app.outcomes([app.tokens.refreshAccessToken()]))
    await untilSession(page, { status: 'signed-out' })
  })

  test('takes nothing away from one that did', async ({ visit }) => {
    const { page, origin } = await visit({ manager, clearsWhenRejecting: true })
    await settle(page, origin)
    await signIn(page)
    expect(await page.evaluate(() => app.outcomes([app.tokens.refreshAccessToken()]))).toEqual({ token: 1 })
    expect(await snapshotOf(page)).toMatchObject({ status: 'active', generation: 2 })
  })
})
