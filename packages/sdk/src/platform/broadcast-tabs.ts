import type { Tabs } from '../ports.ts'

interface Fence {
  fence: string
}

const isFence = (message: unknown): message is Fence =>
  typeof message === 'object' && message !== null && 'fence' in message

/** A fence that does not come back is given up. */
const FENCE_MS = 1_000

/** Nobody else: this page keeps to itself. */
export const noTabs: Tabs = { alone: true, post() {}, listen: () => () => {}, fence: async () => {} }

/**
 * The other pages over the browser's own BroadcastChannel, which passes messages on and keeps none: tokens never get into
 * storage on the way. What is posted leaves at once, before the ledger is written. `onDegraded` is told where there is no
 * channel.
 */
export function createBroadcastTabs(name: string, onDegraded: (detail: string) => void): Tabs {
  const passing = new Set<() => void>()
  let open: BroadcastChannel | undefined
  let fences = 0

  return {
    post(message) {
      try {
        open?.postMessage(message)
        // What it throws may quote the message, tokens and all: it must go nowhere.
      } catch {}
    },

    listen(listener) {
      try {
        const channel = new BroadcastChannel(name)
        channel.onmessage = ({ data }) => {
          if (!isFence(data)) listener(data)
        }
        open = channel
        return () => {
          if (open === channel) open = undefined
          channel.close()
          for (const pass of passing) pass()
        }
      } catch {
        onDegraded('This browser has no BroadcastChannel, or refuses it.')
        return () => {}
      }
    },

    fence() {
      const channel = open
      if (!channel) return Promise.resolve()
      return new Promise((resolve) => {
        const fence = `${Math.random()}:${++fences}`
        let echo: BroadcastChannel | undefined
        const pass = () => {
          clearTimeout(timer)
          passing.delete(pass)
          echo?.close()
          resolve()
        }
        const timer = setTimeout(pass, FENCE_MS)
        passing.add(pass)
        try {
          // A channel does not hear itself; a second one of this page does, as another page would.
          echo = new BroadcastChannel(name)
          echo.onmessage = ({ data }) => {
            if (isFence(data) && data.fence === fence) pass()
          }
          channel.postMessage({ fence })
          // A browser that refuses it now may have let others through: the time that the fence would take is waited.
        } catch {}
      })
    },
  }
}
