import { hostileMessages } from '../../../packages/sdk/test/support/hostile.ts'

/** A script of the same origin that means harm; it is put into a page of its own. */
export interface Intruder {
  /** Says everything hostile that a channel can carry; returns how much that was. */
  speak(): number
  /** Asks the tabs what they know, as a tab of the SDK does; returns what they answer. */
  ask(): Promise<unknown>
}

declare global {
  var intruder: Intruder
}

/** The ledger and the channel have one name. */
const open = () => new BroadcastChannel(Object.keys(localStorage).find((key) => key.startsWith('token-manager:')) ?? '')
const JUNK = [undefined, null, 7, 'x', [], {}, { type: 'constructor' }, { type: '__proto__' }]

globalThis.intruder = {
  speak() {
    const channel = open()
    const hostile = [...hostileMessages.map(([, message]) => message), ...JUNK]
    const said = hostile.filter((message) => {
      try {
        channel.postMessage(message)
        return true
      } catch {
        return false
      }
    })
    channel.close()
    return said.length
  },

  ask() {
    const channel = open()
    return new Promise((resolve) => {
      channel.onmessage = ({ data }) => {
        if (data?.type !== 'answer') return
        channel.close()
        resolve(data)
      }
      channel.postMessage({ v: 1, type: 'ask', from: 'intruder', question: 'what' })
    })
  },
}
