import { describe, expect, it } from 'vitest'
import { createRunner, type Runner } from '../../src/runtime/runner.ts'
import { initialState } from '../../src/session/state.ts'
import { aSession, NOON } from '../support/sessions.ts'

const signIn = { type: 'signed-in', session: aSession(), now: NOON } as const
const signOut = { type: 'signed-out', reason: 'user', now: NOON } as const

describe('the runner', () => {
  it('performs the effects in order, on the new state, and then settles', () => {
    const log: string[] = []
    const runner: Runner = createRunner(
      initialState(true, 'ready'),
      ({ type }) => log.push(`${type} ${runner.state.session?.generation}`),
      () => log.push('settle'),
    )
    runner.dispatch(signIn)
    expect(log).toEqual(['publish 1', 'save 1', 'write-ledger 1', 'emit 1', 'settle'])
  })

  it('what an effect causes waits until all effects are done', () => {
    const log: string[] = []
    const runner: Runner = createRunner(
      initialState(true, 'ready'),
      ({ type }) => {
        log.push(type)
        if (type === 'save') runner.dispatch(signOut)
      },
      () => log.push('settle'),
    )
    runner.dispatch(signIn)
    expect(log.slice(0, 4)).toEqual(['publish', 'save', 'write-ledger', 'emit'])
    expect(log.filter((entry) => entry === 'settle')).toHaveLength(1)
    expect(runner.state.ledger?.signedOut?.reason).toBe('user')
  })

  it('what changes nothing is done with at once', () => {
    let settled = 0
    const runner = createRunner(
      initialState(true, 'ready'),
      () => {},
      () => settled++,
    )
    runner.dispatch({ type: 'online', online: true, now: 0 })
    expect(settled).toBe(0)
    runner.dispatch({ type: 'online', online: false, now: 0 })
    expect(settled).toBe(1)
  })

  it('goes on after an effect that failed', () => {
    let failing = true
    const runner = createRunner(
      initialState(true, 'ready'),
      () => {
        if (failing) throw new Error('broken')
      },
      () => {},
    )
    expect(() => runner.dispatch(signIn)).toThrow('broken')
    failing = false
    runner.dispatch(signOut)
    expect(runner.state.ledger?.signedOut).toBeDefined()
  })
})
