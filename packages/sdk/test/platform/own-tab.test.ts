import { describe, expect, it } from 'vitest'
import { createOwnTab } from '../../src/platform/own-tab.ts'
import { webStore } from '../../src/stores/web.ts'
import { record } from '../support/record.ts'

const KEY = 'token-manager:ward:1:tab'
const open = (locks = navigator.locks) => createOwnTab(KEY, webStore('session'), locks)
// Files share a process, whose locks may be those of another file's managers.
const namesHeld = async () => ((await navigator.locks.query()).held ?? []).filter(({ name }) => name?.startsWith(KEY))

describe('scenario 43: a tab that keeps to itself', () => {
  it('goes on with its session after a reload', async () => {
    const before = open()
    const leave = before.tabs.listen(() => {})
    await before.store.save(record())
    expect(await before.store.load()).toEqual(record())
    leave()
    const after = open()
    const leaveAgain = after.tabs.listen(() => {})
    expect(await after.store.load()).toEqual(record())
    leaveAgain()
  })

  it('goes on with its session after a crash, whose lock takes a moment to be free', async () => {
    const leave = open().tabs.listen(() => {})
    await expect.poll(namesHeld).toHaveLength(1)
    const name = sessionStorage.getItem(KEY) ?? ''
    await webStore('session').save(record())
    const next = open()
    const leaveNext = next.tabs.listen(() => {})
    const loading = next.store.load()
    leave()
    sessionStorage.setItem(KEY, name)
    expect(await loading).toEqual(record())
    leaveNext()
  })

  it('as a duplicate has no session, and a name of its own, also after a reload', async () => {
    const leave = open().tabs.listen(() => {})
    await expect.poll(namesHeld).toHaveLength(1)
    const name = sessionStorage.getItem(KEY)
    await webStore('session').save(record())
    // The browser gives it a copy of the session storage.
    const copy = open()
    const leaveCopy = copy.tabs.listen(() => {})
    expect(await copy.store.load()).toBeUndefined()
    expect(await webStore('session').load()).toBeUndefined()
    expect(sessionStorage.getItem(KEY)).not.toBe(name)
    expect(await namesHeld()).toHaveLength(2)
    await copy.store.save(record({ sid: 'own' }))
    leaveCopy()
    const reloaded = open()
    const leaveReloaded = reloaded.tabs.listen(() => {})
    expect(await reloaded.store.load()).toMatchObject({ sid: 'own' })
    leave()
    leaveReloaded()
  })

  it('keeps its session where the browser refuses a lock', async () => {
    sessionStorage.setItem(KEY, 'name')
    await webStore('session').save(record())
    const request = () => Promise.reject(new DOMException('no', 'SecurityError'))
    const tab = open({ request, query: navigator.locks.query } as unknown as LockManager)
    tab.tabs.listen(() => {})
    expect(await tab.store.load()).toEqual(record())
  })
})
