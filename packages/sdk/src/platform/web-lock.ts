import type { Lock } from '../ports.ts'
import { createPageLock } from './page-lock.ts'

/**
 * Locks across the pages of the origin. Where the browser refuses them (an opaque origin, blocked storage) they hold
 * within this page only, and `onDegraded` is told once.
 */
export function createWebLock(onDegraded: (detail: string) => void): Lock {
  const page = createPageLock()
  let locks: LockManager | undefined = globalThis.navigator?.locks ?? undefined
  if (!locks) onDegraded('This browser has no Web Locks.')

  return {
    async request(name, { signal, mode = 'exclusive' }, run) {
      if (!locks) return page.request(name, { ...(signal && { signal }), mode }, run)
      let held = false
      const hold = () => {
        held = true
        return run()
      }
      try {
        return await locks.request(name, signal ? { signal, mode } : { mode }, hold)
      } catch (error) {
        if (held || signal?.aborted) throw error
        locks = undefined
        onDegraded('The browser refused a Web Lock.')
        return page.request(name, { ...(signal && { signal }), mode }, run)
      }
    },
  }
}
