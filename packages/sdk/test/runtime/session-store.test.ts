import { describe, expect, it } from 'vitest'
import { createStore } from '../../src/runtime/session-store.ts'
import type { Effect } from '../../src/session/actions.ts'
import { initialState } from '../../src/session/state.ts'
import { aSession, NOON } from '../support/sessions.ts'

const signIn = { type: 'signed-in', session: aSession(), now: NOON } as const
const signOut = { type: 'signed-out', reason: 'user', now: NOON } as const
const TYPES = ['publish', 'save', 'write-ledger', 'emit'] as const

/** A store whose effects all go to one handler. */
function create(handle: (type: Effect['type']) => void) {
  const store = createStore(initialState(true, 'ready'))
  for (const type of TYPES) store.onEffect(type, () => handle(type))
  return store
}

describe('the store', () => {
  it('hands the effects to their handlers in order, on the new state, and then tells its subscribers', () => {
    const log: string[] = []
    const store = create((type) => log.push(`${type} ${store.state.session?.generation}`))
    store.subscribe(() => log.push('first'))
    store.subscribe(() => log.push('second'))
    store.dispatch(signIn)
    expect(log).toEqual(['publish 1', 'save 1', 'write-ledger 1', 'emit 1', 'first', 'second'])
  })

  it('lets an action that an effect causes wait until all effects are performed', () => {
    const log: string[] = []
    const store = create((type) => {
      log.push(type)
      if (type === 'save') store.dispatch(signOut)
    })
    store.subscribe(() => log.push('told'))
    store.dispatch(signIn)
    expect(log.slice(0, 4)).toEqual(['publish', 'save', 'write-ledger', 'emit'])
    expect(log.filter((entry) => entry === 'told')).toHaveLength(1)
    expect(store.state.ledger?.signedOut?.reason).toBe('user')
  })

  it('tells nobody of an action that changes nothing', () => {
    let told = 0
    const store = create(() => {})
    store.subscribe(() => told++)
    store.dispatch({ type: 'online', online: true, now: 0 })
    expect(told).toBe(0)
    store.dispatch({ type: 'online', online: false, now: 0 })
    expect(told).toBe(1)
    store.notify()
    expect(told).toBe(2)
  })

  it('goes on after an effect that failed', () => {
    let failing = true
    const store = create(() => {
      if (failing) throw new Error('broken')
    })
    expect(() => store.dispatch(signIn)).toThrow('broken')
    failing = false
    store.dispatch(signOut)
    expect(store.state.ledger?.signedOut).toBeDefined()
  })
})
