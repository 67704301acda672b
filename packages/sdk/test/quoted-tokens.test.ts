import { beforeEach, describe, expect, it } from 'vitest'
import { cookieTransport, jsonTransport, memoryStore, type TokenManagerOptions } from '../src/index.ts'
import { watch } from './support/ports.ts'
import { HOUR, MINUTE } from './support/sessions.ts'
import { createEndpoint, LOGIN, openPage, type Page, pass, signIn, useVirtualTime } from './support/tokens.ts'

beforeEach(useVirtualTime)

const ACCESS = 'opaque-access'
const REFRESH = 'opaque-refresh'
const LOGIN_ANSWER = { access: ACCESS, refresh: REFRESH, expires_in: 900 }

/** An endpoint that quotes tokens wherever it can. */
const quoting = (status: number, quoted: string): typeof fetch => {
  const answer = { error: quoted, code: `x-${quoted}`, reason: `${quoted}.gone` }
  return async () => Response.json(answer, { status })
}

const over = (network: typeof fetch): Partial<TokenManagerOptions> => ({
  transport: jsonTransport({ url: '/auth/refresh', revokeUrl: '/auth/logout' }),
  fetch: network,
})

/** All that a page tells, once it has tried to refresh. */
async function told({ tokens, events }: Page): Promise<string> {
  await pass(HOUR)
  const call = watch(tokens.getAccessToken())
  await pass(MINUTE)
  return JSON.stringify([events, tokens.getSnapshot(), tokens.getMetrics(), String(call.error), call.error])
}

describe('an endpoint that quotes a token in its error', () => {
  it.each([
    [404, ACCESS],
    [404, REFRESH],
    [401, ACCESS],
    [401, REFRESH],
  ])('with status %d and the token %s is not repeated in events and errors', async (status, quoted) => {
    const page = openPage(over(quoting(status, quoted)))
    await page.tokens.setSession(LOGIN_ANSWER)
    const text = await told(page)
    expect(text).toContain('refresh-failed')
    expect(text).not.toContain(quoted)
  })

  it('of a restored session is not repeated either', async () => {
    const store = memoryStore()
    const before = openPage({ ...over(quoting(404, ACCESS)), name: 'restored', store })
    await before.tokens.setSession(LOGIN_ANSWER)
    await before.tokens.dispose()
    const page = openPage({ ...over(quoting(404, ACCESS)), name: 'restored', store })
    await page.tokens.start()
    expect(page.tokens.peekAccessToken()).toBe(ACCESS)
    expect(await told(page)).not.toContain(ACCESS)
  })

  it('is not repeated after a sign-out that comes before its answer', async () => {
    let answer = (_response: Response) => {}
    const page = openPage(
      over(
        () =>
          new Promise((resolve) => {
            answer = resolve
          }),
      ),
    )
    await page.tokens.setSession(LOGIN_ANSWER)
    void page.tokens.refreshAccessToken().catch(() => {})
    await pass(0)
    void page.tokens.signOut()
    answer(Response.json({ error: ACCESS }, { status: 404 }))
    expect(await told(page)).not.toContain(ACCESS)
  })

  it.each(['rejected', 'unavailable'] as const)('through a transport of the app that gives %s is not', async (kind) => {
    const page = await signIn()
    page.endpoint.respond = async () => ({ kind, error: `reused.${LOGIN.accessToken}.${LOGIN.refreshToken}` })
    const text = await told(page)
    expect(text).toContain('reused')
    expect(text).not.toMatch(/SECRET/)
  })

  it.each([undefined, 7, null, { toString: () => LOGIN.accessToken }])(
    'through a transport whose word is %j is not',
    async (error) => {
      const page = await signIn()
      page.endpoint.respond = async () => ({ kind: 'unavailable', error: error as never })
      const text = await told(page)
      expect(text).toContain('transport_failed')
      expect(text).not.toMatch(/SECRET/)
    },
  )

  it('in the error of a revocation is not', async () => {
    const transport = jsonTransport({ url: '/auth/refresh', revokeUrl: '/auth/logout' })
    for (const quoted of [ACCESS, REFRESH]) {
      const { signal } = new AbortController()
      const revoked = transport.revoke?.({
        accessToken: ACCESS,
        refreshToken: REFRESH,
        signal,
        fetch: quoting(404, quoted),
      })
      await expect(revoked).rejects.toThrow(/^revocation: http_404(?!.*opaque)/)
    }
  })

  it('that is its CSRF token is not', async () => {
    // biome-ignore lint/suspicious/noDocumentCookie: a page of the past has no other way
    document.cookie = 'csrftoken=a-csrf-token'
    const transport = cookieTransport({ url: '/auth/refresh' })
    const { signal } = new AbortController()
    const request = { idempotencyKey: 'k', signal, fetch: quoting(404, 'a-csrf-token') }
    expect(await transport.refresh(request)).toEqual({ kind: 'unavailable', error: 'http_404' })
  })
})

it('the words of the fake endpoint are passed on as they are', async () => {
  const endpoint = createEndpoint()
  const page = await signIn({ transport: endpoint })
  endpoint.respond = async () => ({ kind: 'unavailable', error: 'http_404.not_found' })
  expect(await told(page)).toContain('"http_404.not_found"')
})
