import type { Lock } from '../ports.ts'
import { createPageLock } from './page-lock.ts'

/**
 * Locks across the pages of the origin. Where the browser refuses them (an opaque origin, blocked storage) they hold
 * within this page only, and `onDegraded` is told once. A request that the browser aborts, as WebKit does when the page is
 * cached, has failed, and no more.
 */
export function createWebLock(locks: LockManager, onDegraded: (detail: string) => void): Lock {
  const page = createPageLock()
  let refused = false

  return {
    async request(name, request, run) {
      if (refused) return page.request(name, request, run)
      let held = false
      const hold = () => {
        held = true
        return run()
      }
      try {
        return await locks.request(name, request, hold)
      } catch (error) {
        if (held || request.signal?.aborted || (error instanceof Error && error.name === 'AbortError')) throw error
        if (!refused) onDegraded('The browser refused a Web Lock.')
        refused = true
        return page.request(name, request, run)
      }
    },
    async count(name) {
      try {
        const { held = [] } = refused ? {} : await locks.query()
        return refused ? undefined : held.filter((lock) => lock.name === name).length
      } catch {
        return undefined
      }
    },
  }
}
