// Registered, so that another copy of the SDK finds it, too.
const NETWORK = Symbol.for('@token-manager/sdk/network')

/** Notes what an authenticated `fetch` goes over, for a manager that would otherwise go through another one. */
export function overNetwork<T extends object>(authenticated: T, network: T): T {
  return Object.assign(authenticated, { [NETWORK]: network })
}

/** What such a `fetch` goes over in the end. */
export function networkOf<T extends object>(fetch: T & { [NETWORK]?: T }): T {
  return fetch[NETWORK] ?? fetch
}
