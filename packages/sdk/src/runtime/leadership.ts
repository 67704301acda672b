import type { RuntimeOptions } from '../options.ts'
import type { Candidacy, Ports } from '../ports.ts'
import type { Events } from './events.ts'
import type { Timer } from './timer.ts'

/** Says who acts first. Nothing but that depends on it: what must not happen twice is behind a lock. */
export interface Leadership {
  join(): void
  leave(): void
  /** An election may die while the page lives on: then it takes part in another. */
  rejoinElection(): void
  readonly isLeader: boolean
  /** Where pages can not lock each other out the leader is asked before another acts, unless none can be elected. */
  readonly isFirst: boolean
}

export function createLeadership(
  { lock, tabs: { elect } }: Pick<Ports, 'lock' | 'tabs'>,
  { namespace }: Pick<RuntimeOptions, 'namespace'>,
  { events, timer }: { events: Pick<Events, 'emit'>; timer: Pick<Timer, 'update'> },
): Leadership {
  let isLeader = false
  let isUnled = false
  let candidacy: Candidacy | undefined

  function change(to: boolean): void {
    if (isLeader === to) return
    isLeader = to
    events.emit({ type: 'leader-changed', isLeader })
    timer.update()
  }

  /** The browser hands the lock on when a page dies. */
  function standByLock(): Candidacy {
    const resignation = new AbortController()
    const { signal } = resignation
    const lead = () =>
      new Promise<void>((resolve) => {
        change(true)
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    lock.request(`${namespace}:leader`, { signal }, lead).catch(() => {})
    return { isDead: () => false, resign: () => resignation.abort() }
  }

  function join(): void {
    if (candidacy && !candidacy.isDead()) return
    candidacy?.resign()
    change(false)
    isUnled = false
    const goAlone = () => {
      isUnled = true
    }
    candidacy = elect ? elect(() => change(true), goAlone) : standByLock()
  }

  return {
    join,
    rejoinElection: () => candidacy && join(),
    leave() {
      candidacy?.resign()
      candidacy = undefined
      change(false)
    },
    get isLeader() {
      return isLeader
    },
    get isFirst() {
      return !elect || isLeader || isUnled
    },
  }
}
