import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createBroadcastTabs } from '../../src/platform/broadcast-tabs.ts'

let names = 0
const anyName = () => `tabs-${++names}`

function listenIn(name: string) {
  const heard: unknown[] = []
  const tabs = createBroadcastTabs(name, () => {})
  const stop = tabs.listen((message) => heard.push(message))
  onTestFinished(stop)
  return { tabs, heard, stop }
}

describe('the channel', () => {
  it('takes messages to the others, and not back', async () => {
    const name = anyName()
    const [one, two, three] = [listenIn(name), listenIn(name), listenIn(name)]
    one.tabs.post('news')
    await vi.waitFor(() => expect([two.heard, three.heard]).toEqual([['news'], ['news']]))
    expect(one.heard).toEqual([])
  })

  it('scenario 14: takes them whatever a clock says that was set back', async () => {
    const name = anyName()
    const [one, two] = [listenIn(name), listenIn(name)]
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3_600_000 })
    one.tabs.post('news')
    await vi.waitFor(() => expect(two.heard).toEqual(['news']))
  })

  it('is silent once it was left, whatever is posted', async () => {
    const name = anyName()
    const [one, two] = [listenIn(name), listenIn(name)]
    one.stop()
    expect(() => one.tabs.post('SECRET')).not.toThrow()
    const three = listenIn(name)
    three.tabs.post('news')
    await vi.waitFor(() => expect(two.heard).toEqual(['news']))
    expect(one.heard).toEqual([])
  })

  it('throws nothing for what can not be posted, which the error would quote', () => {
    const { tabs } = listenIn(anyName())
    expect(() => tabs.post({ token: () => 'SECRET' })).not.toThrow()
  })

  it('scenario 20: says so where there is none, and the page goes on alone', async () => {
    vi.stubGlobal(
      'BroadcastChannel',
      class {
        constructor() {
          throw new DOMException('Blocked', 'SecurityError')
        }
      },
    )
    const onDegraded = vi.fn()
    const tabs = createBroadcastTabs(anyName(), onDegraded)
    const stop = tabs.listen(() => {})
    expect(onDegraded).toHaveBeenCalledOnce()
    tabs.post('news')
    stop()
  })

  it('takes what was said before it was left', async () => {
    const name = anyName()
    const [one, two] = [listenIn(name), listenIn(name)]
    one.tabs.post('last words')
    one.stop()
    await vi.waitFor(() => expect(two.heard).toEqual(['last words']))
  })
})
