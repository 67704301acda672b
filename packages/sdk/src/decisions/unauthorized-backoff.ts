/** How long a `401` causes no refresh after one that changed nothing. */
const BACKOFF_MS = 300_000

/** How many addresses are remembered. */
const MAX_ADDRESSES = 200

/** A request that carried the session. */
export interface Carried {
  /** The sign-in whose token it carried. */
  granted: { sid: string }
  method: string
  url: string
}

/** Says which `401`s are worth a refresh. Instants are in page time. */
export interface UnauthorizedBackoff {
  /** The request was answered with a success. */
  accepted(request: Carried, now: number): void
  /** A token that had just been refreshed got a `401`, so the refresh changed nothing. */
  refusedFresh(request: Carried, now: number): void
  /**
   * Whether a refresh may help. During the backoff it may only at an address that has accepted the token since: there the
   * `401` is about the token, because it is what changed.
   */
  allowsRefresh(request: Carried, now: number): boolean
}

/** Without the query, which may be another one at each call. */
const addressOf = ({ method, url }: Carried) => `${method} ${url.replace(/[?#].*/, '')}`

export function createUnauthorizedBackoff(): UnauthorizedBackoff {
  const accepting = new Set<string>()
  let sid = ''
  let until = 0
  // A new sign-in may be what the API asked for.
  const isBackingOff = ({ granted }: Carried, now: number) => granted.sid === sid && now < until

  return {
    accepted(request, now) {
      if (isBackingOff(request, now) && accepting.size < MAX_ADDRESSES) accepting.add(addressOf(request))
    },
    refusedFresh(request, now) {
      if (isBackingOff(request, now)) accepting.delete(addressOf(request))
      else accepting.clear()
      sid = request.granted.sid
      until = now + BACKOFF_MS
    },
    allowsRefresh: (request, now) => !isBackingOff(request, now) || accepting.has(addressOf(request)),
  }
}
