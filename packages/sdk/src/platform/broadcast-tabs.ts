import { BroadcastChannel } from 'broadcast-channel'
import type { Tabs } from '../ports.ts'

interface Fence {
  fence: string
}

interface Open {
  /** Speaks and hears. */
  channel: BroadcastChannel
  /** Hears what `channel` says, as another page would: a channel does not hear itself. */
  echo: BroadcastChannel
}

const isFence = (message: unknown): message is Fence =>
  typeof message === 'object' && message !== null && 'fence' in message

/** A fence that does not come back, because the channel was closed meanwhile, is given up. */
const FENCE_MS = 1_000

/** Nobody else: this page keeps to itself. */
export const noTabs: Tabs = { alone: true, post() {}, listen: () => () => {}, fence: async () => {} }

/**
 * The other pages over a BroadcastChannel, native only: the package's other ways would put tokens into IndexedDB or
 * localStorage. `onDegraded` is told where there is none.
 */
export function createBroadcastTabs(name: string, onDegraded: (detail: string) => void): Tabs {
  const passed = new Map<string, () => void>()
  let open: Open | undefined
  let fences = 0

  function send(channel: BroadcastChannel | undefined, message: unknown): void {
    try {
      // What the package throws or rejects with contains the message, tokens and all: it must go nowhere.
      channel?.postMessage(message).catch(() => {})
    } catch {}
  }

  function close({ channel, echo }: Open): void {
    for (const each of [channel, echo]) Promise.resolve(each.close()).catch(() => {})
    for (const pass of passed.values()) pass()
    passed.clear()
  }

  return {
    post: (message) => send(open?.channel, message),

    listen(listener) {
      try {
        const channel = new BroadcastChannel(name, { type: 'native' })
        const echo = new BroadcastChannel(name, { type: 'native' })
        const mine = { channel, echo }
        channel.onmessage = (message: unknown) => {
          if (!isFence(message)) listener(message)
        }
        echo.onmessage = (message: unknown) => {
          if (isFence(message)) passed.get(message.fence)?.()
        }
        open = mine
        return () => {
          if (open === mine) open = undefined
          close(mine)
        }
      } catch {
        onDegraded('This browser has no BroadcastChannel, or refuses it.')
        return () => {}
      }
    },

    fence() {
      if (!open) return Promise.resolve()
      const { channel } = open
      const id = `${Math.random()}:${++fences}`
      return new Promise((resolve) => {
        const pass = () => {
          clearTimeout(timer)
          passed.delete(id)
          resolve()
        }
        const timer = setTimeout(pass, FENCE_MS)
        passed.set(id, pass)
        send(channel, { fence: id })
      })
    },
  }
}
