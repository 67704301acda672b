import type { Action, Effect } from '../session/actions.ts'
import { transition } from '../session/reducer.ts'
import type { State } from '../session/state.ts'

type EffectOf<T extends Effect['type']> = Extract<Effect, { type: T }>

/** Holds the state of the session in this page. It is the one place where that changes. */
export interface Store {
  readonly state: State
  /**
   * Hands the action to the reducer, then its effects to their handlers, in order, then tells the subscribers. An action
   * that is dispatched meanwhile waits its turn, so each begins from a whole state. Nobody is told where nothing changed.
   */
  dispatch(action: Action): void
  /** The part that performs effects of this type, on the state that they led to. Each type has one. */
  onEffect<T extends Effect['type']>(type: T, handle: (effect: EffectOf<T>) => void): void
  /** Calls back after each change, in the order of subscription. */
  subscribe(listener: () => void): void
  /** Tells the subscribers that something has changed which is not part of the state. */
  notify(): void
}

export function createStore(initial: State): Store {
  const handlers = new Map<Effect['type'], (effect: never) => void>()
  const listeners: Array<() => void> = []
  const pending: Action[] = []
  let isRunning = false
  let state = initial

  function notify(): void {
    for (const listener of listeners) listener()
  }

  return {
    get state() {
      return state
    },
    dispatch(action) {
      pending.push(action)
      if (isRunning) return
      isRunning = true
      let hasChanged = false
      try {
        for (let next = pending.shift(); next; next = pending.shift()) {
          const [changed, effects] = transition(state, next)
          hasChanged ||= changed !== state || effects.length > 0
          state = changed
          for (const effect of effects) handlers.get(effect.type)?.(effect as never)
        }
      } finally {
        isRunning = false
      }
      if (hasChanged) notify()
    },
    onEffect: (type, handle) => void handlers.set(type, handle),
    subscribe: (listener) => void listeners.push(listener),
    notify,
  }
}
