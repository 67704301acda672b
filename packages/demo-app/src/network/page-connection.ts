export interface PageConnection {
  /** Makes the page believe that it is offline, or believe the browser again. */
  setOffline(offline: boolean): void
}

/** What scripts learn of the connection: `navigator.onLine`, and the events `offline` and `online` of the window. */
export function createPageConnection(): PageConnection {
  const real = Object.getOwnPropertyDescriptor(Navigator.prototype, 'onLine')
  let simulated = false

  return {
    setOffline(offline) {
      if (offline === simulated) return
      simulated = offline
      Object.defineProperty(navigator, 'onLine', {
        configurable: true,
        get: () => !simulated && real?.get?.call(navigator),
      })
      dispatchEvent(new Event(navigator.onLine ? 'online' : 'offline'))
    },
  }
}
