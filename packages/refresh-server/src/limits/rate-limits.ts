import { createHash } from 'node:crypto'
import { RateLimitedError } from '../errors.ts'
import type { PresentedToken } from '../tokens/family.ts'
import type { TokenPolicy } from '../tokens/policy.ts'
import { addressKey } from './address-key.ts'
import type { CounterSource, WindowCounter } from './window-counter.ts'

export interface RateLimitSettings {
  windowMs: number
  maxRequests: number
}

/** Each method counts a request, and throws RateLimitedError once the limit is reached. */
export interface RateLimits {
  /** Call before a refresh with a known token. Counts per session; a spent or expired token counts by itself. */
  refresh(presented: PresentedToken): Promise<void>
  /** Call before any other request of a session to the token service. */
  call(sessionId: string): Promise<void>
  /** Call for an access token that this server did not issue. */
  guess(address: string): Promise<void>
  /** Call before checking a password, then report the result to the attempt. */
  signIn(username: string, address: string): Promise<SignInAttempt>
}

export interface SignInAttempt {
  succeeded(): Promise<void>
  failed(): Promise<void>
}

export interface RateLimitsOptions {
  counters: CounterSource
  settings: RateLimitSettings
  policy: () => TokenPolicy
  now: () => number
}

// An access token is refreshed once in its lifetime, at the earliest after half of it. Twice as often is still no abuse.
const REFRESHES_PER_LIFETIME = 4
const MAX_WRONG_PASSWORDS = 10
// Timers hold at most 2^31 ms, 24 days.
const KNOWN_FOR_MS = 14 * 24 * 3_600_000

/**
 * Limits how often requests may be made in a window.
 *
 * - Refreshes count per session, because all browsers of a hospital may share an address. The limit grows with shorter
 *   access tokens, so that regular refreshes always fit.
 * - A spent or expired refresh token counts by itself. Somebody who finds an old token cannot use up the limit of its session,
 *   and a thief cannot hide the reuse of a stolen token behind the limit.
 * - Unknown refresh tokens are not limited. 256 random bits cannot be guessed, and after a loss of the store each browser
 *   must learn that it has to sign in.
 * - Wrong passwords count per username and address, and per address. For the address, a correct password takes back one
 *   wrong password of the same user: many people mistype at the start of a shift.
 * - An address over its limit of wrong passwords still signs in users whose password was correct there before.
 * - Correct passwords count as well, because each costs a slow hash.
 */
export function createRateLimits({ counters, settings, policy, now }: RateLimitsOptions): RateLimits {
  const { windowMs, maxRequests } = settings
  const newCounter = (name: string, lastsMs = windowMs) => counters.newCounter({ name, windowMs: lastsMs })
  const refreshes = newCounter('refreshes')
  const calls = newCounter('calls')
  const guesses = newCounter('guesses')
  const attempts = newCounter('attempts')
  const signIns = newCounter('sign-ins')
  const wrongPasswords = newCounter('wrong-passwords')
  const mistyped = newCounter('mistyped')
  const known = newCounter('known-users', KNOWN_FOR_MS)

  async function spend(counter: WindowCounter, key: string, budget: number): Promise<void> {
    const { count, endsInMs } = await counter.add(key)
    if (count > budget) throw new RateLimitedError(endsInMs)
  }

  const refreshBudget = () =>
    Math.max(maxRequests, Math.ceil((REFRESHES_PER_LIFETIME * windowMs) / policy().accessLifetimeMs))

  return {
    refresh: ({ token, family }) => {
      const isOld = token.usedAt !== undefined || token.expiresAt <= now()
      return spend(refreshes, isOld ? token.hash : family.id, refreshBudget())
    },

    call: (sessionId) => spend(calls, sessionId, maxRequests),
    guess: (address) => spend(guesses, addressKey(address), maxRequests),

    async signIn(username, from) {
      const address = addressKey(from)
      const pair = pairKey(address, username)
      // The address comes first: invented usernames must not fill the memory with a count for each.
      const wrong = await wrongPasswords.read(address)
      if (wrong.count >= maxRequests && (await known.read(pair)).count === 0) throw new RateLimitedError(wrong.endsInMs)
      await spend(attempts, pair, Math.min(MAX_WRONG_PASSWORDS, maxRequests))
      await spend(signIns, pair, maxRequests)
      return {
        async succeeded() {
          await attempts.reset(pair)
          // A window begins with its first count. Resetting it begins a new one.
          await known.reset(pair)
          await known.add(pair)
          if ((await takeOne(mistyped, pair)) && (await wrongPasswords.read(address)).count > 0) {
            await wrongPasswords.subtract(address)
          }
        },
        async failed() {
          await wrongPasswords.add(address)
          await mistyped.add(pair)
        },
      }
    },
  }
}

/** Takes one off the count if there is one. Of several concurrent calls only as many succeed. */
async function takeOne(counter: WindowCounter, key: string): Promise<boolean> {
  return (await counter.read(key)).count > 0 && (await counter.subtract(key)).count >= 0
}

/** Hashed, because a shared Redis keeps for days who signed in from which address. */
function pairKey(address: string, username: string): string {
  return createHash('sha256')
    .update(JSON.stringify([address, username]))
    .digest('base64url')
}

/** No limits at all. */
export const NO_RATE_LIMITS: RateLimits = {
  async refresh() {},
  async call() {},
  async guess() {},
  async signIn() {
    return { async succeeded() {}, async failed() {} }
  },
}
