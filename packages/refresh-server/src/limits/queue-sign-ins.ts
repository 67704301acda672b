import pLimit from 'p-limit'
import { RateLimitedError } from '../errors.ts'
import type { Sessions } from '../tokens/sessions.ts'

// Each takes one of libuv's threads for its slow hash, and every token is signed on one of them, too.
const THREADS = Number(process.env.UV_THREADPOOL_SIZE) || 4
const AT_ONCE = Math.max(1, Math.floor(THREADS / 2))
// What two cores hash in about half a minute: who comes later is told so, instead of waiting until a proxy gives up.
const MOST_WAITING = 500
const RETRY_AFTER_MS = 10_000

/**
 * The sessions, with a few sign-ins at once and the others in a line, so that refreshes never wait behind passwords, and
 * a limit that reads before the slow hash and counts after it is not passed by those who come together.
 */
export function queueSignIns(sessions: Sessions): Sessions {
  const inTurn = pLimit(AT_ONCE)
  return {
    ...sessions,
    async signIn(credentials) {
      if (inTurn.pendingCount >= MOST_WAITING) throw new RateLimitedError(RETRY_AFTER_MS)
      return inTurn(() => sessions.signIn(credentials))
    },
  }
}
