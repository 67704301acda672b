import { describe, expect } from 'vitest'
import { eventually, refreshRequests, settle, signIn, untilSession, usersSeen } from '../support/session.ts'
import { test, untilEach } from './support/tabs.ts'

const ofAlice = (path: string) => path.includes('of=alice')

describe('another tab signs in as somebody else', () => {
  test('scenario 24: requests that wait are rejected, none carries the new token', async ({ visit }) => {
    const { origin, openOne } = await visit({ server: { reuse: 'strict' } })
    const alice = await openOne()
    const bob = await openOne()
    await settle(alice, origin)
    origin.qa.setFault({ endpoint: 'refresh', kind: 'latency', ms: 3_000 })
    await signIn(alice, { lifetime: 'over' })
    await alice.evaluate(() => {
      const calls = Array.from({ length: 5 }, (_, n) => app.tokens.fetch(`/fixture/ward?of=alice&n=${n}`))
      globalThis.waiting = app.outcomes([...calls, app.tokens.getAccessToken()])
    })
    await eventually(() => expect(refreshRequests(origin)).toBe(1))
    await signIn(bob, { username: 'ben' })

    expect(await alice.evaluate(() => globalThis.waiting)).toEqual({ identity_changed: 6 })
    await untilSession(alice, { status: 'identity-changed' })
    expect(usersSeen(origin, ofAlice)).toEqual([])
    await untilSession(alice, { refreshing: false })
    expect(await bob.evaluate(() => app.outcomes([app.patients()]))).toEqual({ 200: 1 })
    await untilEach([bob], { status: 'active', subject: 'ben' })
    expect(origin.qa.counts().reuseEvents).toBe(0)
  })

  test('scenario 39: a page saves, refreshes and gets a 401 after that: none of it for the other user, until it is reloaded', async ({
    visit,
  }) => {
    const { origin, openOne } = await visit({ server: { reuse: 'strict' } })
    const alice = await openOne()
    const bob = await openOne()
    await settle(alice, origin)
    await signIn(alice)
    await untilEach([alice, bob], { status: 'active', subject: 'amara' })
    origin.refused.add(`Bearer ${await alice.evaluate(() => app.tokens.getAccessToken())}`)
    await alice.evaluate(() => {
      globalThis.waiting = app.outcomes([app.tokens.fetch('/fixture/ward?of=alice&afterMs=1500')])
    })
    await eventually(() => expect(usersSeen(origin, ofAlice)).toEqual(['amara']))
    await signIn(bob, { username: 'ben' })
    await untilSession(alice, { status: 'identity-changed' })

    const outcomes = await alice.evaluate(() => {
      const save = app.tokens.fetch('/fixture/ward?of=alice&save', { method: 'POST', body: 'a note' })
      return app.outcomes([save, app.tokens.refreshAccessToken(), app.tokens.getAccessToken()])
    })
    expect(outcomes).toEqual({ identity_changed: 3 })
    // The answer 401 comes only now.
    expect(await alice.evaluate(() => globalThis.waiting)).toEqual({ identity_changed: 1 })
    expect(usersSeen(origin, ofAlice)).toEqual(['amara'])
    expect(refreshRequests(origin)).toBe(0)

    await alice.reload()
    expect(await alice.evaluate(() => app.tokens.start())).toMatchObject({ status: 'active', subject: 'ben' })
    await alice.evaluate(() => app.tokens.fetch('/fixture/ward?of=alice'))
    expect(usersSeen(origin, ofAlice)).toEqual(['amara', 'ben'])
  })
})

describe('somebody else signs in where the SDK does not see it', () => {
  test('scenario 39: the refresh cookie is another user’s by then: none of their tokens is used', async ({ visit }) => {
    const { origin, openOne } = await visit({ manager: { flavour: 'cookie' }, server: { reuse: 'strict' } })
    const alice = await openOne()
    await settle(alice, origin)
    await signIn(alice)
    // A form of the same site, in a page without the SDK.
    const status = await alice.evaluate(async () => {
      const body = JSON.stringify({ username: 'ben', password: 'ben-pw' })
      const headers = { 'Content-Type': 'application/json' }
      return (await app.fetch('/auth/cookie/login', { method: 'POST', headers, body })).status
    })
    expect(status).toBe(200)
    const outcomes = await alice.evaluate(async () => {
      const refreshed = await app.outcomes([app.tokens.refreshAccessToken()])
      const save = app.tokens.fetch('/fixture/ward?of=alice&save', { method: 'POST', body: 'a note' })
      return [refreshed, await app.outcomes([save, app.patients(), app.tokens.getAccessToken()])]
    })
    expect(outcomes).toEqual([{ identity_changed: 1 }, { identity_changed: 3 }])
    await untilSession(alice, { status: 'identity-changed' })
    expect(usersSeen(origin, (path) => !path.startsWith('/auth/'))).toEqual([])
    expect(refreshRequests(origin)).toBe(1)
  })
})
