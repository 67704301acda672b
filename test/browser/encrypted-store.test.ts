import { describe, expect } from 'vitest'
import { addressOf } from './support/origin.ts'
import { eventsOf, eventually, refreshRequests, settle, signIn, snapshotOf, untilSession } from './support/session.ts'
import { aRecord, damage, lookIntoDatabase, storedGenerations } from './support/stored.ts'
import { test, type Visit } from './support/test.ts'

const manager = { store: 'encrypted' } as const

const degraded = async ({ page }: Visit): Promise<string[]> =>
  (await eventsOf(page)).flatMap((event) => (event.type === 'capability-degraded' ? [event.detail] : []))

const accessToken = ({ page }: Visit) => page.evaluate(() => app.tokens.peekAccessToken() ?? '')

/** The page again, with nothing of what it kept in memory. */
async function reload({ page, origin }: Visit): Promise<void> {
  await page.reload()
  await settle(page, origin)
}

describe.concurrent('a session in the encrypted store', () => {
  test('survives reloads, also one right after the sign-in and the refresh', async ({ visit }) => {
    const visited = await visit({ manager, server: { reuse: 'strict' } })
    const { page, origin } = visited
    await settle(page, origin)
    for (const act of ['signIn', 'refresh'] as const) {
      const loaded = page.waitForEvent('load')
      await page.evaluate((act) => {
        const acted = act === 'signIn' ? app.signIn() : app.tokens.refreshAccessToken().then(() => app.tokens.dispose())
        void acted.then(() => location.reload())
      }, act)
      await loaded
      await settle(page, origin)
      expect(await snapshotOf(page)).toMatchObject({ status: 'active', generation: act === 'signIn' ? 1 : 2 })
      expect(refreshRequests(origin)).toBe(0)
    }
    expect((await eventsOf(page)).map(({ type }) => type)).toContain('restored')
    expect(await page.evaluate(() => app.outcomes([app.patients()]))).toEqual({ 200: 1 })
  })

  test('lies there in no readable form, under a key that can not be taken along, until the sign-out', async ({
    visit,
  }) => {
    const visited = await visit({ manager })
    const { page } = visited
    await signIn(page)
    const token = await accessToken(visited)
    expect(token).not.toBe('')
    const signature = token.split('.').at(-1) ?? ''
    expect(await lookIntoDatabase(page, signature)).toEqual({
      records: 1,
      exports: ['InvalidAccessError'],
      shown: false,
    })
    expect(await page.evaluate(() => JSON.stringify([localStorage, sessionStorage]))).not.toContain(signature)
    await page.evaluate(() => app.tokens.signOut())
    expect(await lookIntoDatabase(page, signature)).toMatchObject({ records: 0 })
  })

  test('starts offline, and goes on when the network is back', async ({ visit }) => {
    const visited = await visit({ manager })
    const { page, context, origin } = visited
    await signIn(page)
    const token = await accessToken(visited)
    const script = await page.evaluate(() => app.fetch('/page.js').then((answer) => answer.text()))
    await page.close()
    await context.setOffline(true)
    const later = await context.newPage()
    // As a service worker would serve it.
    const html = '<!doctype html><title>Offline</title><script type="module" src="/page.js"></script>'
    await later.route('**/*', (route) => {
      const { pathname } = new URL(route.request().url())
      if (pathname === '/') return route.fulfill({ contentType: 'text/html', body: html })
      if (pathname === '/page.js') return route.fulfill({ contentType: 'text/javascript', body: script })
      return route.continue()
    })
    await later.goto(addressOf(origin, manager))
    const started = await later.evaluate(() => app.tokens.start())
    expect(started).toMatchObject({ status: 'active', online: false, generation: 1 })
    expect(await accessToken({ ...visited, page: later })).toBe(token)
    await later.evaluate(() => void app.tokens.refreshAccessToken().catch(() => {}))
    await untilSession(later, { status: 'degraded', generation: 1 })
    await context.setOffline(false)
    await untilSession(later, { status: 'active', generation: 2 })
    expect(await later.evaluate(() => app.outcomes([app.patients()]))).toEqual({ 200: 1 })
  })

  test('that was changed is discarded with an event; signing in makes another', async ({ visit }) => {
    const visited = await visit({ manager })
    const { page, origin } = visited
    await signIn(page)
    await damage(page)
    await reload(visited)
    expect(await snapshotOf(page)).toMatchObject({ status: 'signed-out' })
    expect(await degraded(visited)).toEqual(['What was stored is no session, and was discarded.'])
    await eventually(async () => expect(await lookIntoDatabase(page, '-')).toMatchObject({ records: 0 }))
    expect(await page.evaluate(() => app.outcomes([app.patients()]))).toEqual({ signed_out: 1 })
    expect(refreshRequests(origin)).toBe(0)
    await signIn(page)
    await reload(visited)
    expect(await snapshotOf(page)).toMatchObject({ status: 'active' })
    expect(await degraded(visited)).toEqual([])
  })
})

describe.concurrent('two tabs', () => {
  test('that write at once, and make the key at once, leave one whole record each time', async ({ visit }) => {
    const { page, context, origin } = await visit()
    const other = await context.newPage()
    await other.goto(origin.url)
    const tabs = [page, other]
    for (let round = 1; round <= 20; round++) {
      // A new name has no key yet.
      const name = `round-${round % 10}`
      const writes = tabs.map((tab, index) => ({ tab, record: aRecord(`tab-${index}`, round) }))
      await Promise.all(
        writes.map(({ tab, record }) =>
          tab.evaluate(([name, record]) => app.encryptedStore({ name }).save(record), [name, record] as const),
        ),
      )
      const loaded = await Promise.all(
        tabs.map((tab) => tab.evaluate((name) => app.encryptedStore({ name }).load(), name)),
      )
      expect(loaded[0]).toEqual(loaded[1])
      expect(writes.map(({ record }) => record)).toContainEqual(loaded[0])
    }
    expect(await lookIntoDatabase(page, 'tab-')).toMatchObject({ records: 10 })
  })

  test('that hold the session: one writes its refresh, and a third one finds it', async ({ visit }) => {
    const { page, context, origin } = await visit({ manager, server: { reuse: 'strict' } })
    const other = await context.newPage()
    await other.goto(addressOf(origin, manager))
    await settle(other, origin)
    await signIn(page)
    await untilSession(other, { status: 'active' })
    await Promise.all([page, other].map((tab) => tab.evaluate(() => app.tokens.refreshAccessToken())))
    await untilSession(page, { generation: 2 })
    // A page that is closed may be gone before its refresh is written.
    await eventually(async () => expect(await storedGenerations(page)).toEqual([2]))
    await Promise.all([page.close(), other.close()])
    const later = await context.newPage()
    await later.goto(addressOf(origin, manager))
    expect(await later.evaluate(() => app.tokens.start())).toMatchObject({ status: 'active', generation: 2 })
    expect(refreshRequests(origin)).toBe(1)
  })
})

describe.concurrent('scenario 20: the session goes on in memory, and that is told, where', () => {
  const refusals: [what: string, refuse: () => void, detail: string][] = [
    [
      'IndexedDB is blocked',
      () => {
        const get = () => {
          throw new DOMException('Access is denied.', 'SecurityError')
        }
        Object.defineProperty(globalThis, 'indexedDB', { get })
      },
      'The store failed (SecurityError).',
    ],
    [
      'it never answers',
      () => {
        IDBFactory.prototype.open = () => Object.create(null)
      },
      'The store does not answer.',
    ],
    [
      'there is no Web Crypto, as without https',
      () => void Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined }),
      'The store failed (TypeError).',
    ],
  ]
  for (const [what, refuse, detail] of refusals) {
    test(what, async ({ visit }) => {
      const visited = await visit({ manager, before: (page) => page.addInitScript(refuse) })
      const { page } = visited
      await signIn(page)
      await page.evaluate(() => app.tokens.refreshAccessToken())
      expect(await snapshotOf(page)).toMatchObject({ status: 'active', generation: 2 })
      await eventually(async () => expect(await degraded(visited)).toEqual([detail]))
      expect(await page.evaluate(() => app.outcomes([app.patients()]))).toEqual({ 200: 1 })
      await page.evaluate(() => app.tokens.signOut())
      expect(await snapshotOf(page)).toMatchObject({ status: 'signed-out' })
    })
  }

  test('the disk is full', async ({ visit }) => {
    const visited = await visit({ manager })
    const { page, context, origin } = visited
    await settle(page, origin)
    const session = await context.newCDPSession(page)
    await session.send('Storage.overrideQuotaForOrigin', { origin: origin.url, quotaSize: 1 })
    await signIn(page)
    expect(await degraded(visited)).toEqual(['The store failed (QuotaExceededError).'])
    await page.evaluate(() => app.tokens.refreshAccessToken())
    expect(await page.evaluate(() => app.outcomes([app.patients()]))).toEqual({ 200: 1 })
    await session.send('Storage.overrideQuotaForOrigin', { origin: origin.url })
    // A token that is a moment old is fresh for everyone.
    await eventually(async () => {
      await page.evaluate(() => app.tokens.refreshAccessToken())
      expect(await snapshotOf(page)).toMatchObject({ generation: 3 })
    })
    await page.evaluate(() => app.tokens.dispose())
    await reload(visited)
    expect(await snapshotOf(page)).toMatchObject({ status: 'active', generation: 3 })
  })

  test('a newer version of the database is there', async ({ visit }) => {
    const visited = await visit({ manager })
    const { page } = visited
    await signIn(page)
    await page.evaluate(() => app.stored.openConnection(2).then((connection) => connection.close()))
    await page.evaluate(() => app.tokens.refreshAccessToken())
    await eventually(async () => expect(await degraded(visited)).toEqual(['The store failed (VersionError).']))
    expect(await page.evaluate(() => app.outcomes([app.patients()]))).toEqual({ 200: 1 })
  })
})

describe.concurrent('what somebody deletes while the tab is open', () => {
  const ways: [what: string, remove: (visited: Visit) => Promise<unknown>][] = [
    ['the database', async ({ page }) => expect(await page.evaluate(() => app.stored.deleteStored())).toBe('deleted')],
    [
      "all that the site stored, but for the tab's own memory",
      async ({ page, context, origin }) => {
        const session = await context.newCDPSession(page)
        await session.send('Storage.clearDataForOrigin', { origin: origin.url, storageTypes: 'indexeddb' })
      },
    ],
  ]
  for (const [what, remove] of ways) {
    test(`${what}: the session goes on, and is there again after the next refresh`, async ({ visit }) => {
      const visited = await visit({ manager })
      const { page } = visited
      await signIn(page)
      await remove(visited)
      await page.evaluate(() => app.tokens.refreshAccessToken())
      await eventually(async () => expect(await lookIntoDatabase(page, '-')).toMatchObject({ records: 1 }))
      await reload(visited)
      expect(await snapshotOf(page)).toMatchObject({ status: 'active', generation: 2 })
      expect(await degraded(visited)).toEqual([])
    })
  }
})
