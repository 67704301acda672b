import type { Effect, Happening } from '../session/actions.ts'
import { transition } from '../session/reducer.ts'
import type { State } from '../session/state.ts'

export interface Runner {
  readonly state: State
  dispatch(happening: Happening): void
}

/**
 * Holds the state and performs the effects of its transitions. What happens while an effect is performed, because a
 * listener called back, waits its turn, so every transition starts from a whole state. What changes nothing, as most of
 * what other pages say, is done with at once: else `settle` is called.
 */
export function createRunner(initial: State, perform: (effect: Effect) => void, settle: () => void): Runner {
  const pending: Happening[] = []
  let running = false
  let state = initial

  return {
    get state() {
      return state
    },
    dispatch(happening) {
      pending.push(happening)
      if (running) return
      running = true
      let isNews = false
      try {
        for (let next = pending.shift(); next; next = pending.shift()) {
          const [changed, effects] = transition(state, next)
          isNews ||= changed !== state || effects.length > 0
          state = changed
          for (const effect of effects) perform(effect)
        }
      } finally {
        running = false
      }
      if (isNews) settle()
    },
  }
}
