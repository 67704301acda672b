import type { Clock, Environment, Random } from '../ports.ts'
import type { State } from '../session/state.ts'
import { nextFlightAt } from '../session/timetable.ts'
import type { Endpoint } from '../types.ts'

export interface AgendaDependencies {
  clock: Clock
  transport: Endpoint
  environment: Pick<Environment, 'visible'>
  random: Random
  state(): State
  leadership: { readonly isLeader: boolean }
  queue: { readonly size: number; nextDeadline(): number | undefined }
  refresher: { readonly flying: boolean; readonly restsUntil: number }
  limits: { nextAt(): number; isOver(): boolean }
  starter: { readonly dueAt: number }
}

/** What this tab has to do of itself, and when; in page time. */
export interface Agenda {
  /** Whether a refresh is due. */
  isFlightDue(): boolean
  /** When to look again. */
  nextAt(): number
}

export function createAgenda(dependencies: AgendaDependencies): Agenda {
  const { clock, transport, environment, state, leadership, queue, refresher, limits, starter } = dependencies
  /** Drawn once for the tab. */
  const spread = dependencies.random.next()
  const never = Number.POSITIVE_INFINITY

  function flightAt(): number {
    if (limits.isOver()) return never
    const place = { isLeader: leadership.isLeader, visible: environment.visible(), spread }
    const at = nextFlightAt(state(), { endpoint: transport, place, waiting: queue.size > 0, now: clock.now() })
    return Math.max(at ?? never, refresher.restsUntil)
  }

  return {
    isFlightDue: () => clock.now() >= flightAt(),
    nextAt: () =>
      Math.min(refresher.flying ? never : flightAt(), queue.nextDeadline() ?? never, limits.nextAt(), starter.dueAt),
  }
}
