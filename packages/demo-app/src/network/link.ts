import { pause } from './pause.ts'

/** One direction of a connection. */
export interface Link {
  /** Settles once so many bytes are through; rejects with the signal's reason. */
  transfer(bytes: number, signal: AbortSignal): Promise<void>
}

/** A link whose bandwidth all transfers share: each begins where the one before ends. */
export function createLink(bytesPerSecond: number): Link {
  let freeAt = 0
  return {
    transfer(bytes, signal) {
      const now = performance.now()
      freeAt = Math.max(freeAt, now) + (bytes / bytesPerSecond) * 1_000
      return pause(freeAt - now, signal)
    },
  }
}
