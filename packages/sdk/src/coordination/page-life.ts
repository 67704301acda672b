import type { Environment, PageSignal } from '../ports.ts'

export interface PageLifeHandlers {
  /** Takes part among the tabs. */
  join(): void
  /** Leaves them, so that the page may be cached or closed. */
  leave(): void
  /** Takes in what other pages wrote, and judges. */
  reconcile(): void
  /** Goes on; `wasAway` if the page may have missed messages. */
  wake(wasAway: boolean): void
  offline(): void
  /** The page fell asleep, or into the background. */
  changed(): void
}

/** Follows the page through hiding, freezing, caching and waking. */
export interface PageLife {
  readonly isAsleep: boolean
  /** Before anything is decided: a page that slept reconciles first, whoever comes first after it woke. */
  catchUp(): void
  /** Returns what stops it. */
  follow(): () => void
}

export function followPage(environment: Environment, handlers: PageLifeHandlers): PageLife {
  let isAsleep = false

  function fallAsleep(): void {
    isAsleep = true
    handlers.changed()
  }

  function onSignal(signal: PageSignal): void {
    if (signal === 'offline') handlers.offline()
    else if (signal === 'hidden') handlers.changed()
    else if (signal === 'freeze') fallAsleep()
    else if (signal === 'pagehide') {
      fallAsleep()
      handlers.leave()
    } else {
      handlers.join()
      // The order is fixed: reconcile, judge, and only then send.
      isAsleep = false
      handlers.reconcile()
      handlers.wake(signal === 'pageshow' || signal === 'resume')
    }
  }

  return {
    get isAsleep() {
      return isAsleep
    },
    catchUp() {
      if (!isAsleep) return
      isAsleep = false
      handlers.reconcile()
    },
    follow: () => environment.subscribe(onSignal),
  }
}
