import { beforeEach, describe, expect, it } from 'vitest'
import { type SessionStore, webStore } from '../src/index.ts'
import { open } from './support/browser.ts'
import { SECOND } from './support/sessions.ts'
import { LOGIN, pass, useVirtualTime } from './support/tokens.ts'

beforeEach(useVirtualTime)

describe('a store that takes its time', () => {
  const inSecond = <T>(run: () => Promise<T>) => new Promise<void>((resolve) => setTimeout(resolve, SECOND)).then(run)
  const late = (): SessionStore => {
    const store = webStore('local')
    return {
      ...store,
      save: (record, namespace) => inSecond(() => store.save(record, namespace)),
      clear: (namespace) => inSecond(() => store.clear(namespace)),
    }
  }
  const stored = () => JSON.stringify({ ...localStorage }).includes('SECRET')

  it('has the session when setSession() settles, and has it no more when signOut() does', async () => {
    const { tokens } = open({ store: late() })
    const settled: string[] = []
    const signingIn = tokens.setSession(LOGIN).then(() => settled.push(`signed in, stored: ${stored()}`))
    expect(tokens.isAuthenticated()).toBe(true)
    await pass(SECOND)
    await signingIn
    const signingOut = tokens.signOut().then(() => settled.push(`signed out, stored: ${stored()}`))
    expect(tokens.isAuthenticated()).toBe(false)
    await pass(SECOND)
    await signingOut
    expect(settled).toEqual(['signed in, stored: true', 'signed out, stored: false'])
  })

  it('keeps nobody waiting for ever', async () => {
    const never = () => new Promise<never>(() => {})
    const { tokens, events } = open({ store: { load: never, save: never, clear: never } })
    const signingIn = tokens.setSession(LOGIN)
    await pass(5 * SECOND)
    expect(await signingIn).toMatchObject({ status: 'active' })
    const signingOut = tokens.signOut()
    await pass(10 * SECOND)
    await signingOut
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'capability-degraded',
        capability: 'store',
        detail: 'The store does not answer.',
      }),
    )
  })
})
