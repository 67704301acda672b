import { backoffMs } from '../decisions/backoff.ts'
import type { Happening } from '../decisions/happening.ts'
import type { Lock, Random, RefreshTransport, RevokeRequest } from '../ports.ts'
import type { Ledger, SessionPolicy } from '../types.ts'

/** What a revocation needs to be told; nothing where the refresh token is a cookie. */
export interface Revocable {
  refreshToken?: string
  accessToken?: string
}

export interface RevokerDependencies {
  random: Random
  lock: Lock
  namespace: string
  transport: RefreshTransport
  fetch: RevokeRequest['fetch']
  policy: SessionPolicy
  refreshTimeoutMs: number
  /** Settles when no refresh is under way: its late answer would bring a cookie back. */
  refreshSettled(): Promise<void>
  sleep(ms: number, ...ends: (AbortSignal | Promise<unknown>)[]): Promise<unknown>
  readLedger(): Ledger | undefined
  dispatch(happening: Happening): void
}

/** How long a page that is done with waits for the endpoint to hear of its sign-out. */
const LAST_WORD_MS = 3_000

interface Task {
  tokens: Revocable
  certain: boolean
  signal: AbortSignal
  onTried(): void
}

export interface Revoker {
  /**
   * Tells the endpoint, again and again until it has heard. Settles after the first try, and never rejects. A cookie is
   * revoked only if the ledger still says so, or it is `certain` to be that of the session which ended.
   */
  revoke(tokens: Revocable, certain?: boolean): Promise<void>
  /** Settles when the endpoint has heard of the newest sign-out, or could not be reached. */
  tried(): Promise<void>
  /** Tries at once what is waiting for the next try. */
  hurry(): void
  /** Gives up for good, once the newest has been tried: the page is done with. */
  cancel(): Promise<void>
}

export function createRevoker(dependencies: RevokerDependencies): Revoker {
  const { lock, transport, policy, sleep } = dependencies
  const inCookie = transport.refreshTokenIn === 'cookie'
  const giveUp = new AbortController()
  /** Ends the pauses between tries. */
  let pause = new AbortController()
  let newest: Promise<void> = Promise.resolve()

  /** Whether the endpoint has heard. */
  async function tell(tokens: Revocable, signal: AbortSignal): Promise<boolean> {
    const request = new AbortController()
    const heard = Promise.resolve()
      .then(() => transport.revoke?.({ ...tokens, signal: request.signal, fetch: dependencies.fetch }))
      .then(
        () => true,
        () => false,
      )
    await sleep(dependencies.refreshTimeoutMs, heard, signal)
    request.abort()
    // A transport of the app's own may not heed the signal.
    return Promise.race([heard, false])
  }

  async function insist({ tokens, certain, signal, onTried }: Task): Promise<void> {
    await dependencies.refreshSettled()
    for (let failures = 1; !signal.aborted; failures++) {
      // All pages share the cookie: another one may have told the endpoint meanwhile, or it may be somebody else's now.
      const standing = dependencies.readLedger()
      const of = standing?.revocationPending ? standing : undefined
      if (inCookie && !of && !certain) return
      // What has come back while this try fails is a reason for another at once.
      const { signal: hurried } = pause
      if (await tell(tokens, signal)) return dependencies.dispatch({ type: 'revoked', of })
      onTried()
      const delayMs = backoffMs({ failures, error: '', retry: policy.retry, random: dependencies.random.next() })
      await sleep(delayMs, hurried, signal)
    }
  }

  return {
    revoke(tokens, certain = false) {
      const { signal } = giveUp
      newest = new Promise((resolve) => {
        const work = () => insist({ tokens, certain, signal, onTried: resolve })
        const done = inCookie ? lock.request(`${dependencies.namespace}:revoke`, { signal }, work) : work()
        done.then(resolve, () => resolve())
      })
      return newest
    },
    tried: () => newest,
    hurry() {
      pause.abort()
      pause = new AbortController()
    },
    async cancel() {
      await sleep(LAST_WORD_MS, newest)
      giveUp.abort()
    },
  }
}
