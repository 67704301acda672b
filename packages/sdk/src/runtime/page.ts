/** The status of the page that a session lives in. Every part may read it, and only what is named here changes it. */
export interface Page {
  /** Frozen, or in the back/forward cache: its timers do not run, and nobody would hear an answer. */
  readonly isAsleep: boolean
  /** It is being left, or stands in the back/forward cache. */
  readonly isAway: boolean
  /** What another page wrote or said is being taken in: that does not wake a page that sleeps. */
  readonly isReceiving: boolean
  /** Asleep, or done with: nothing is to be used here. */
  readonly isInactive: boolean
  /** Aborts when the page is done with the session. */
  readonly closing: AbortSignal
  fallAsleep(): void
  wake(): void
  leave(): void
  comeBack(): void
  /** Runs what takes in a message or a record of another page. */
  receive(run: () => void): void
  close(): void
}

export function createPage(): Page {
  const closing = new AbortController()
  let isAsleep = false
  let isAway = false
  let isReceiving = false

  return {
    get isAsleep() {
      return isAsleep
    },
    get isAway() {
      return isAway
    },
    get isReceiving() {
      return isReceiving
    },
    get isInactive() {
      return isAsleep || closing.signal.aborted
    },
    closing: closing.signal,
    fallAsleep() {
      isAsleep = true
    },
    wake() {
      isAsleep = false
    },
    leave() {
      isAway = true
      isAsleep = true
    },
    comeBack() {
      isAway = false
      isAsleep = false
    },
    receive(run) {
      isReceiving = true
      try {
        run()
      } finally {
        isReceiving = false
      }
    },
    close: () => closing.abort(),
  }
}
