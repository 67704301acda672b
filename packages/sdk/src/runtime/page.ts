/** The status of the page that a session lives in. Every part may read it, and only what is named here changes it. */
export interface Page {
  /** Frozen, or in the back/forward cache: its timers do not run, and nobody would hear an answer. */
  readonly isAsleep: boolean
  /** It is being left, or stands in the back/forward cache. */
  readonly isAway: boolean
  /** What another page wrote or said is being taken in: that does not wake a page that sleeps. */
  readonly isReceiving: boolean
  /** Asleep, or done with: nothing is to be used here. */
  isInactive(): boolean
  /** Aborts when the page is done with the session. */
  readonly closing: AbortSignal
  setAsleep(isAsleep: boolean): void
  /** A page that is away sleeps; one that comes back is awake. */
  setAway(isAway: boolean): void
  /** Runs what takes in a message or a record of another page. */
  receive(run: () => void): void
  close(): void
}

export function createPage(): Page {
  const closing = new AbortController()
  const status = { isAsleep: false, isAway: false, isReceiving: false }
  return Object.assign(status, {
    closing: closing.signal,
    isInactive: () => status.isAsleep || closing.signal.aborted,
    setAsleep(isAsleep: boolean) {
      status.isAsleep = isAsleep
    },
    setAway(isAway: boolean) {
      status.isAway = isAway
      status.isAsleep = isAway
    },
    receive(run: () => void) {
      status.isReceiving = true
      try {
        run()
      } finally {
        status.isReceiving = false
      }
    },
    close: () => closing.abort(),
  })
}
