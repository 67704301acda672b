import { beforeEach, describe, expect, it } from 'vitest'
import { watch } from '../support/ports.ts'
import { MINUTE, SECOND } from '../support/sessions.ts'
import {
  bearer,
  LOGIN,
  openExpired,
  openPage,
  openRefreshing,
  pass,
  signIn,
  types,
  unauthorized,
  useVirtualTime,
} from '../support/tokens.ts'

beforeEach(useVirtualTime)

describe('waiting for a token', () => {
  it('scenario 8: no request leaves with an expired token', async () => {
    const page = await openExpired()
    const call = watch(page.tokens.fetch('/api'))
    await pass(14 * SECOND)
    expect([page.sent.length, call.settled]).toEqual([0, false])
    await pass(SECOND)
    expect(call.error).toMatchObject({ code: 'refresh_unavailable' })
    expect(page.sent).toEqual([])
  })

  it('an abort ends it at once with the signal’s reason', async () => {
    const page = await openExpired()
    const controller = new AbortController()
    const reason = new Error('went on')
    const calls = [
      watch(page.tokens.fetch('/api', { signal: controller.signal })),
      watch(page.tokens.fetch(new Request('/api', { signal: controller.signal }))),
    ]
    await pass(SECOND)
    controller.abort(reason)
    await pass(0)
    expect(calls.map(({ error }) => error)).toEqual([reason, reason])
    expect(page.sent).toEqual([])
  })

  it('an abort in flight is the network’s', async () => {
    const page = await signIn()
    page.answer = (request) =>
      new Promise((_resolve, reject) => request.signal.addEventListener('abort', () => reject(request.signal.reason)))
    const controller = new AbortController()
    const call = watch(page.tokens.fetch('/api', { signal: controller.signal }))
    await pass(0)
    controller.abort('went on')
    await pass(0)
    expect(call.error).toBe('went on')
  })

  it('scenario 18: a sign-out while it waits lets nothing leave', async () => {
    const page = await openExpired()
    const call = watch(page.tokens.fetch('/api'))
    await pass(SECOND)
    void page.tokens.signOut()
    await pass(MINUTE)
    expect(call.error).toMatchObject({ code: 'signed_out', reason: 'user' })
    expect(page.sent).toEqual([])
  })

  it('scenario 18: a sign-out in the very turn in which the token comes lets nothing leave', async () => {
    const { page, release } = await openRefreshing()
    page.tokens.onEvent(({ type }) => {
      if (type === 'request-released') void page.tokens.signOut()
    })
    const call = watch(page.tokens.fetch('/api'))
    release()
    await pass(SECOND)
    expect(types(page.events)).toContain('request-released')
    expect(call.error).toMatchObject({ code: 'signed_out' })
    expect(page.sent).toEqual([])
  })

  it('scenario 24: a sign-in as someone else while it waits lets nothing leave', async () => {
    const page = await openExpired()
    const call = watch(page.tokens.fetch('/api', { method: 'POST', body: 'Amara’s note' }))
    await pass(SECOND)
    await page.tokens.setSession({ ...LOGIN, accessToken: 'SECRET-bo', subject: 'bo' })
    await pass(MINUTE)
    expect(call.error).toMatchObject({ code: 'identity_changed' })
    expect(page.sent).toEqual([])
  })

  it('scenario 39: a 401 is not replayed for someone else', async () => {
    const page = await signIn()
    page.answer = async () => {
      await page.tokens.setSession({ ...LOGIN, accessToken: 'SECRET-bo', subject: 'bo' })
      return unauthorized()
    }
    await expect(page.tokens.fetch('/api')).rejects.toMatchObject({ code: 'identity_changed' })
    expect(page.sent.map(bearer)).toEqual(['Bearer SECRET-access-1'])
  })

  it('scenario 42: before the start it waits for it', async () => {
    const { tokens, sent } = openPage()
    const call = watch(tokens.fetch('/api'))
    expect(sent).toEqual([])
    await tokens.setSession(LOGIN)
    await pass(0)
    expect(call.value?.ok).toBe(true)
  })
})
