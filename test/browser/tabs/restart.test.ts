import type { BrowserContext } from 'playwright-core'
import { expect } from 'vitest'
import { addressOf } from '../support/origin.ts'
import { test } from '../support/restart.ts'
import { eventually, settle, signIn, snapshotOf } from '../support/session.ts'

async function hasRefreshCookie(profile: BrowserContext): Promise<boolean> {
  return (await profile.cookies()).some(({ name }) => name === 'refresh_token')
}

test('scenario 36: a sign-out while offline, then a new browser with the same profile: nothing comes back, the revocation is made up for', async ({
  origin,
  start,
}) => {
  const earlier = await start()
  const page = await earlier.newPage()
  await page.goto(addressOf(origin, { flavour: 'cookie' }))
  await settle(page, origin)
  await signIn(page)
  // A page that is about to be closed counts as online again: its last try must not get through.
  origin.qa.setFault({ endpoint: 'logout', kind: 'reset-before', times: 1_000 })
  await earlier.setOffline(true)
  await page.evaluate(() => app.tokens.signOut())
  await earlier.close()
  expect(origin.qa.counts().familiesRevoked).toBe(0)

  const later = await start()
  expect(await hasRefreshCookie(later)).toBe(true)
  origin.qa.setFault({ endpoint: 'logout', kind: '503', times: 1 })
  const restored = await later.newPage()
  await restored.goto(addressOf(origin, { flavour: 'cookie' }))
  expect(await restored.evaluate(() => app.tokens.start())).toMatchObject({ status: 'signed-out' })
  await eventually(async () => expect(await hasRefreshCookie(later)).toBe(false))
  expect(await snapshotOf(restored)).toMatchObject({ status: 'signed-out', signedOutReason: 'user' })
  expect(origin.qa.counts()).toMatchObject({
    endpoints: { logout: { statuses: { 503: 1, 204: 1 } }, refresh: { requests: 0 } },
    familiesRevoked: 1,
  })
})
