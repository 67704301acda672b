import { hostileMessages } from '../../../packages/sdk/test/support/hostile.ts'

/** A script of the same origin that means harm; it is put into a page of its own. */
export interface Intruder {
  /** Says everything hostile that a channel can carry, as messages of the channel; returns how many there were. */
  speak(): number
  /** Says what is no message of the channel at all. */
  babble(): void
  /** Asks the tabs what they know, as a tab of the SDK does; returns what they answer. */
  ask(): Promise<unknown>
}

declare global {
  var intruder: Intruder
}

/** The ledger and the channel have one name. */
const open = () => new BroadcastChannel(Object.keys(localStorage).find((key) => key.startsWith('token-manager:')) ?? '')
// As the library that the SDK speaks through wraps what is said; it drops what seems to come from before it listened.
const wrap = (data: unknown) => ({ type: 'message', time: (Date.now() + 60_000) * 1_000, data })

globalThis.intruder = {
  speak() {
    const channel = open()
    const said = hostileMessages.filter(([, message]) => {
      try {
        channel.postMessage(wrap(message))
        return true
      } catch {
        return false
      }
    })
    channel.close()
    return said.length
  },

  babble() {
    const channel = open()
    for (const junk of [undefined, null, 7, 'x', [], {}, { type: 'constructor' }, { type: '__proto__' }]) {
      channel.postMessage(junk)
    }
    channel.close()
  },

  ask() {
    const channel = open()
    return new Promise((resolve) => {
      channel.onmessage = ({ data }) => {
        if (data?.data?.type !== 'answer') return
        channel.close()
        resolve(data.data)
      }
      channel.postMessage(wrap({ v: 1, type: 'ask', from: 'intruder', question: 'what' }))
    })
  },
}
