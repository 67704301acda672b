import { beforeEach, vi } from 'vitest'

// Files share a process, and so its page: each test finds one that nobody has used.
beforeEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
  globalThis.localStorage?.clear()
  globalThis.sessionStorage?.clear()
})
