import type { Tabs } from '../ports.ts'

/** Nobody else: this page keeps to itself. */
export const noTabs: Tabs = { isolated: true, post() {}, listen: () => () => {} }

/**
 * The other pages over the browser's own BroadcastChannel, which passes messages on and keeps none: tokens never get into
 * storage on the way. What is posted leaves at once, before the ledger is written. `onDegraded` is told where there is no
 * channel.
 */
export function createBroadcastTabs(name: string, onDegraded: (detail: string) => void): Tabs {
  let open: BroadcastChannel | undefined

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
        channel.onmessage = ({ data }) => listener(data)
        open = channel
        return () => {
          if (open === channel) open = undefined
          channel.close()
        }
      } catch {
        onDegraded('This browser has no BroadcastChannel, or refuses it.')
        return () => {}
      }
    },
  }
}
