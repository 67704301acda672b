import { beforeEach, describe, expect, it, vi } from 'vitest'
import { watch } from './support/ports.ts'
import { HOUR, MINUTE, NOON, SECOND } from './support/sessions.ts'
import { codeOf, contents, hang, LOGIN, pass, rotated, signIn, unauthorized, useVirtualTime } from './support/tokens.ts'

beforeEach(() => {
  useVirtualTime()
  vi.setSystemTime(NOON)
})

describe('after dispose()', () => {
  it('a request that was under way gets its answer, also a 401', async () => {
    const page = await signIn()
    let answer = (_: Response): void => {}
    page.answer = () =>
      new Promise((resolve) => {
        answer = resolve
      })
    const call = watch(page.tokens.fetch('/api'))
    await pass(20 * SECOND)
    await page.tokens.dispose()
    answer(unauthorized())
    await pass(0)
    expect(call.value?.status).toBe(401)
  })

  it('nobody is signed in, and being active counts no more', async () => {
    const page = await signIn({ policy: { jitterRatio: 0, idleTimeoutMs: HOUR } })
    await page.tokens.dispose()
    expect([page.tokens.peekAccessToken(), page.tokens.isAuthenticated()]).toEqual([undefined, false])
    const before = contents(sessionStorage)
    await pass(MINUTE)
    page.tokens.extendSession()
    expect(contents(sessionStorage)).toEqual(before)
  })

  it('a second call settles no sooner than the first', async () => {
    const page = await signIn()
    let answer = (): void => {}
    page.endpoint.respond = () =>
      new Promise((resolve) => {
        answer = () => resolve(rotated(2))
      })
    watch(page.tokens.refreshAccessToken())
    await pass(SECOND)
    const both = [watch(page.tokens.dispose()), watch(page.tokens.dispose())]
    await pass(SECOND)
    expect(both.map(({ settled }) => settled)).toEqual([false, false])
    answer()
    await pass(SECOND)
    expect(both.map(({ settled }) => settled)).toEqual([true, true])
  })

  it('a store whose subscribe gives no function is left as it is', async () => {
    const subscribe = (async () => () => {}) as never
    const store = { load: async () => undefined, save: async () => {}, clear: async () => {}, subscribe }
    const page = await signIn({ store, tabs: 'auto' })
    await pass(SECOND)
    await expect(page.tokens.dispose()).resolves.toBeUndefined()
  })

  it('calls reject, those that wait too', async () => {
    const { tokens, endpoint } = await signIn()
    endpoint.respond = hang
    await pass(HOUR)
    const waiting = watch(tokens.getAccessToken())
    void tokens.dispose()
    const calls: Promise<unknown>[] = [
      tokens.getAccessToken(),
      tokens.refreshAccessToken(),
      tokens.setSession(LOGIN),
      tokens.signOut(),
      tokens.start(),
      tokens.fetch('/api'),
      tokens.authorize(new Request('/api')),
    ]
    const outcomes = [waiting, ...calls.map((call) => watch(call))]
    await pass(0)
    expect(outcomes.map(({ error }) => codeOf(error))).toEqual(Array(8).fill('disposed'))
  })

  it('no token is handed out any more, not even a valid one', async () => {
    const { tokens } = await signIn()
    await tokens.dispose()
    await expect(tokens.getAccessToken()).rejects.toMatchObject({ code: 'disposed' })
  })

  it('a refresh that was sent is seen through: its answer may be the only valid token', async () => {
    let saved: unknown
    const store = {
      load: async () => saved,
      async save(record: unknown) {
        saved = record
      },
      clear: async () => {},
    }
    const { tokens, endpoint } = await signIn({ store })
    let answer = () => {}
    endpoint.respond = () =>
      new Promise((resolve) => {
        answer = () => resolve(rotated(2))
      })
    watch(tokens.refreshAccessToken())
    await pass(SECOND)
    const gone = watch(tokens.dispose())
    await pass(SECOND)
    expect(gone.settled).toBe(false)
    answer()
    await pass(SECOND)
    expect(gone.settled).toBe(true)
    expect(saved).toMatchObject({ generation: 2, refreshToken: 'SECRET-refresh-2' })
  })
})
