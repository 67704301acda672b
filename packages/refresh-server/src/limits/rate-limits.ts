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

/** Each throws RateLimitedError for who has done too much. */
export interface RateLimits {
  /** Before a refresh with a token that was ever ours. Counts by session; a token that is spent or expired by itself. */
  refresh(presented: PresentedToken): Promise<void>
  /** Before anything else that a session asks of the token service. */
  call(sessionId: string): Promise<void>
  /** An access token that is not ours. */
  guess(address: string): Promise<void>
  /** Before a password is looked at; then one of the two has to be told. */
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

// A token is refreshed once in its lifetime, after half of it at the earliest; twice as often is still no abuse.
const REFRESHES_PER_LIFETIME = 4
const MAX_WRONG_PASSWORDS = 10
// Timers hold at most 2^31 ms, 24 days.
const KNOWN_FOR_MS = 14 * 24 * 3_600_000

/**
 * Who may do how much of what in a window.
 *
 * A hospital has one address, so a session's refreshes never wait for what others do there: they count by session, and
 * as many are allowed as the lifetime of access tokens demands. A token that is spent or has expired counts by itself:
 * who found an old one cannot spend what its session may do, and who stole a live one cannot keep its owner's from being
 * noticed as reused. Refresh tokens that nobody issued are not limited: 256 bits are not guessed, and the browsers of a
 * hospital whose sessions were lost shall hear that they have to sign in. Wrong passwords count by username and address,
 * and by address; there a right password makes up for a wrong one of the same user, as at the start of a shift. Once an
 * address has spent its wrong passwords, only users whose password was right there before may sign in. Passwords that are
 * right count too, since each costs a slow hash.
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
      // First the address: whoever makes up usernames shall not fill the memory with a count for each.
      const wrong = await wrongPasswords.read(address)
      if (wrong.count >= maxRequests && (await known.read(pair)).count === 0) throw new RateLimitedError(wrong.endsInMs)
      await spend(attempts, pair, Math.min(MAX_WRONG_PASSWORDS, maxRequests))
      await spend(signIns, pair, maxRequests)
      return {
        async succeeded() {
          await attempts.reset(pair)
          // A window begins with its first count: it shall begin anew.
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

/** Whether there was one to take; of several who ask at once only so many get one. */
async function takeOne(counter: WindowCounter, key: string): Promise<boolean> {
  return (await counter.read(key)).count > 0 && (await counter.subtract(key)).count >= 0
}

/** Who signed in from where stands in a Redis for days: not for others to read. */
function pairKey(address: string, username: string): string {
  return createHash('sha256')
    .update(JSON.stringify([address, username]))
    .digest('base64url')
}

/** Everybody may do everything. */
export const NO_RATE_LIMITS: RateLimits = {
  async refresh() {},
  async call() {},
  async guess() {},
  async signIn() {
    return { async succeeded() {}, async failed() {} }
  },
}
