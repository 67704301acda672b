import { beforeEach, describe, expect, it } from 'vitest'
import { watch } from './support/ports.ts'
import { HOUR, MINUTE, SECOND } from './support/sessions.ts'
import { hang, LOGIN, type Page, pass, rotated, signIn, useVirtualTime } from './support/tokens.ts'

beforeEach(useVirtualTime)

/** A page whose refresh is under way, and what has it answered. */
async function refreshing() {
  const page = await signIn()
  let answer = () => {}
  page.endpoint.respond = () =>
    new Promise((resolve) => {
      answer = () => resolve(rotated(2))
    })
  watch(page.tokens.refreshAccessToken())
  await pass(SECOND)
  return { ...page, answer: () => answer() }
}

describe('signing out', () => {
  it('clears at once, tells why, and tells the endpoint', async () => {
    const { tokens, endpoint } = await signIn()
    const reasons: string[] = []
    tokens.onSignedOut((reason) => reasons.push(reason))
    const done = tokens.signOut()
    expect([tokens.isAuthenticated(), tokens.peekAccessToken(), reasons]).toEqual([false, undefined, ['user']])
    await done
    expect(endpoint.revoked).toEqual(['SECRET-refresh-1'])
    await expect(tokens.getAccessToken()).rejects.toMatchObject({ code: 'signed_out', reason: 'user' })
  })

  it.each([
    ['a sign-out', ({ tokens }: Page) => tokens.signOut()],
    ['an idle sign-out', () => pass(HOUR)],
    ['the sign-in of somebody else', ({ tokens }: Page) => tokens.setSession({ ...LOGIN, subject: 'ben' })],
  ])('leaves nothing of the last user in what the page shows: %s', async (_, end) => {
    const page = await signIn({ policy: { jitterRatio: 0, idleTimeoutMs: 15 * MINUTE } })
    const { tokens } = page
    const shown = () => JSON.stringify([tokens.getEvents(), tokens.getSnapshot(), tokens.getDiagnostics()])
    expect(shown()).toContain('amara')
    await end(page)
    expect(shown()).not.toContain('amara')
    expect(tokens.getEvents().map(({ type }) => type)).toContain('signed-in')
  })

  it('scenario 18: during a refresh: the late answer brings nothing back, and is revoked', async () => {
    const { tokens, endpoint, answer } = await refreshing()
    void tokens.signOut()
    expect(endpoint.revoked).toEqual([])
    answer()
    await pass(MINUTE)
    expect(tokens.getSnapshot()).toMatchObject({ status: 'signed-out', signedOutReason: 'user' })
    expect(endpoint.revoked).toEqual(['SECRET-refresh-2'])
  })

  it.each(['refresh-rejected', 'refresh-expired'] as const)('as %s is an end for good, too', async (reason) => {
    const { tokens, endpoint, answer } = await refreshing()
    void tokens.signOut({ reason })
    answer()
    await pass(MINUTE)
    expect(tokens.getSnapshot()).toMatchObject({ status: 'signed-out', signedOutReason: 'user' })
    expect(endpoint.revoked).toContain('SECRET-refresh-2')
  })

  it('is refused for what is no reason, with nothing lost', async () => {
    const { tokens } = await signIn()
    await expect(tokens.signOut({ reason: 'timeout' as 'user' })).rejects.toMatchObject({
      code: 'invalid_option',
      message: expect.stringMatching(/^options.reason must be user or idle/),
    })
    expect(tokens.getSnapshot().status).toBe('active')
  })

  it('is refused for a bare word, which would be no reason', async () => {
    const { tokens } = await signIn()
    await expect(tokens.signOut('idle' as unknown as object)).rejects.toMatchObject({ code: 'invalid_option' })
    expect(tokens.getSnapshot().status).toBe('active')
  })

  it('may be called by a button, with its event', async () => {
    const { tokens } = await signIn()
    await Promise.all([tokens.signOut(new Event('click') as object), pass(SECOND)])
    expect(tokens.getSnapshot().signedOutReason).toBe('user')
  })

  it('waits at most 3 s for an endpoint that does not answer', async () => {
    const { tokens } = await signIn({}, { revoke: hang })
    const done = watch(tokens.signOut())
    await pass(3 * SECOND - 1)
    expect(done.settled).toBe(false)
    await pass(1)
    expect(done.settled).toBe(true)
  })
})
