import type { Clock, Environment, PageSignal } from '../ports.ts'
import type { Happening } from '../session/actions.ts'

/** What takes part among the tabs. */
interface Participant {
  join(): void
  leave(): void
}

export interface PageLifeDependencies {
  clock: Clock
  environment: Environment
  dispatch(happening: Happening): void
  participants: readonly Participant[]
  /** Gives up what a page that is cached or closed must not hold, and writes what the ledger still lacks. */
  letGo(): void
  /** Takes in what other pages wrote, and judges. */
  reconcile(): void
  /** Asks the other pages for what was said while this one was away. */
  ask(): void
  /** Tries at once what waits for another try. */
  hurry(): void
  /** The page fell asleep, or into the background. */
  changed(): void
}

/** Follows the page through hiding, freezing, caching and waking. */
export interface PageLife {
  readonly isAsleep: boolean
  /** It is being left, or stands in the back/forward cache. */
  readonly isAway: boolean
  /** Before anything is shown: a page that sleeps, and may have woken, reconciles first. */
  catchUp(): void
  /** Before anything is sent: so does whoever comes first after it woke. */
  wakeUp(): void
  /** What other pages say is heard in a page that sleeps, too, and does not wake it. */
  hear(run: () => void): void
  /** Returns what stops it. */
  follow(): () => void
}

export function followPage(dependencies: PageLifeDependencies): PageLife {
  const { clock, environment, dispatch, participants } = dependencies
  let isAsleep = false
  let isAway = false
  let isHearing = false

  function fallAsleep(): void {
    isAsleep = true
    dependencies.changed()
  }

  /** The order is fixed: reconcile, judge, and only then send. */
  function wake(signal: PageSignal): void {
    for (const participant of participants) participant.join()
    isAsleep = false
    isAway = false
    dependencies.reconcile()
    dispatch({ type: 'online', online: environment.online(), now: clock.now() })
    dependencies.hurry()
    if (signal === 'pageshow' || signal === 'resume') dependencies.ask()
  }

  function onSignal(signal: PageSignal): void {
    if (signal === 'offline') dispatch({ type: 'online', online: false, now: clock.now() })
    else if (signal === 'hidden') dependencies.changed()
    else if (signal === 'freeze') fallAsleep()
    else if (signal === 'pagehide') {
      isAway = true
      fallAsleep()
      dependencies.letGo()
      for (const participant of participants) participant.leave()
    } else wake(signal)
  }

  return {
    get isAsleep() {
      return isAsleep
    },
    get isAway() {
      return isAway
    },
    catchUp() {
      if (isAsleep && !isHearing) dependencies.reconcile()
    },
    wakeUp() {
      if (!isAsleep || isHearing) return
      isAsleep = false
      dependencies.reconcile()
    },
    hear(run) {
      isHearing = true
      try {
        run()
      } finally {
        isHearing = false
      }
    },
    follow: () => environment.subscribe(onSignal),
  }
}
