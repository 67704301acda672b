import { expect } from 'vitest'
import { refreshRequests } from '../support/session.ts'
import { callsOf, eventsOf, signedInTabs, snapshotOf } from './tabs.ts'
import type { EngineTest } from './world.ts'

/** What a page keeps beyond itself, in this engine's own database and under its own keys. */
export function stores(test: EngineTest, engine: string): void {
  test(`${engine}: a session in the encrypted store survives a reload, under a key that can not be exported`, async ({
    visit,
  }) => {
    const world = await visit({ manager: { store: 'encrypted' }, server: { reuse: 'strict' } })
    const { origin } = world
    const [tab] = await signedInTabs(world, 1)
    const exported = await tab.evaluate(async () => {
      const records = [...(await app.stored.storedRecords()).values()]
      const keys = records.flatMap(({ key }) => (key instanceof CryptoKey ? [key] : []))
      return Promise.all(keys.map((key) => crypto.subtle.exportKey('raw', key).then(String, ({ name }) => name)))
    })
    expect(exported).toEqual(['InvalidAccessError'])

    const restored = async (generation: number) => {
      await tab.reload()
      expect(await tab.evaluate(() => app.tokens.start())).toMatchObject({ status: 'active', generation })
      expect(refreshRequests(origin)).toBe(generation - 1)
      expect(await callsOf(tab)).toEqual({ 200: 1 })
    }
    await restored(1)
    await tab.evaluate(() => app.tokens.refreshAccessToken().then(() => app.tokens.dispose()))
    await restored(2)
    expect(origin.qa.counts()).toMatchObject({ refreshes: { ok: 1, rejected: 0 }, reuseEvents: 0 })
  })

  test(`scenario 20, ${engine}: a record that was changed is discarded with an event`, async ({ visit }) => {
    const world = await visit({ manager: { store: 'encrypted' } })
    const [tab] = await signedInTabs(world, 1)
    await tab.evaluate(async () => {
      for (const name of (await app.stored.storedRecords()).keys()) {
        await app.stored.changeStored(name, (lying) => ({ ...lying, generation: 7 }))
      }
    })
    await tab.reload()
    await tab.evaluate(() => app.tokens.start())
    expect(await snapshotOf(tab)).toMatchObject({ status: 'signed-out' })
    expect((await eventsOf(tab)).filter(({ type }) => type === 'capability-degraded')).toHaveLength(1)
  })
}
