import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { bundle } from './support/bundle.ts'
import { eventsOf, eventually, settle, signIn, snapshotOf } from './support/session.ts'
import { test as base, type Visit } from './support/test.ts'

const test = base.extend('intrude', { scope: 'file' }, async () => {
  const script = await bundle(fileURLToPath(import.meta.resolve('./page/intruder.ts')))
  // Another page of the origin, so that the channel carries what is said in it.
  return async ({ context, origin }: Visit): Promise<Page> => {
    const page = await context.newPage()
    await page.goto(`${origin.url}/fixture/ward`)
    await page.evaluate(`(() => { ${script} })()`)
    return page
  }
})

describe('a hostile script of the same origin', () => {
  test('that says what is no message signs nobody out, changes nothing and stops nothing', async ({
    visit,
    intrude,
  }) => {
    const visited = await visit({ server: { reuse: 'strict' } })
    const { page, origin } = visited
    await settle(page, origin)
    await signIn(page)
    const before = await snapshotOf(page)
    const happened = (await eventsOf(page)).length
    const said = await (await intrude(visited)).evaluate(() => intruder.speak())
    expect(said).toBeGreaterThan(150)
    await eventually(async () => {
      expect(await page.evaluate(() => app.tokens.getDiagnostics().droppedMessages)).toBe(said)
    })
    expect(await snapshotOf(page)).toEqual(before)
    expect((await eventsOf(page)).slice(happened)).toEqual([])
    expect(await page.evaluate(() => app.outcomes([app.patients(), app.tokens.refreshAccessToken()]))).toEqual({
      200: 1,
      token: 1,
    })
  })

  // Said in docs/security.md: the channel is no secret between the scripts of an origin.
  for (const flavour of ['json', 'cookie'] as const) {
    test(`that asks is told the access token, and the refresh token unless it is a cookie: ${flavour}`, async ({
      visit,
      intrude,
    }) => {
      const visited = await visit({ manager: { flavour } })
      const { page, origin } = visited
      await settle(page, origin)
      await signIn(page)
      const answer = await (await intrude(visited)).evaluate(() => intruder.ask())
      const accessToken = await page.evaluate(() => app.tokens.getAccessToken())
      expect(answer).toMatchObject({ session: { accessToken } })
      expect(JSON.stringify(answer).includes('"refreshToken"')).toBe(flavour === 'json')
    })
  }
})
