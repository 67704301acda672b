import { beforeEach, onTestFinished, vi } from 'vitest'

// Files share a process, and so its page: each test finds one that nobody has used.
beforeEach(() => {
  globalThis.localStorage?.clear()
  globalThis.sessionStorage?.clear()
  // After all that the test itself does at its end; and in this order: what it stood in for may have been virtual.
  onTestFinished(() => {
    vi.restoreAllMocks()
    vi.unstubAllGlobals()
    vi.useRealTimers()
  })
})
