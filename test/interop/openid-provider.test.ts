import { oauth2Transport, type RefreshOutcome } from '@token-manager/sdk'
import { describe, expect, onTestFinished } from 'vitest'
import { CLIENT_ID, type OpenIdProviderOptions, startOpenIdProvider } from './support/openid-provider.ts'
import { eventsOfType, expectAllAnswered, pollUntil, signOutAfterRefresh, test, untilEach } from './support/tabs.ts'

const signal = new AbortController().signal
const rejected = { kind: 'rejected', error: 'invalid_grant' }

async function provide(options?: OpenIdProviderOptions) {
  const provider = await startOpenIdProvider(options)
  onTestFinished(provider.close)
  return provider
}

async function signIn(more: { clientId?: string; scope?: string } = {}) {
  const provider = await provide()
  const { issuer } = provider
  const transport = oauth2Transport({ baseUrl: issuer, revokeUrl: 'token/revocation', clientId: CLIENT_ID, ...more })
  const tokens = transport.parse(await provider.signIn())
  const refresh = (refreshToken = '') => transport.refresh({ idempotencyKey: 'k1', refreshToken, signal, fetch })
  async function statusOf(accessToken: string | undefined): Promise<number> {
    const answer = await fetch(`${issuer}/me`, { headers: { Authorization: `Bearer ${accessToken}` } })
    await answer.body?.cancel()
    return answer.status
  }
  return { provider, transport, tokens, refresh, statusOf }
}

const tokensOf = (outcome: RefreshOutcome) => (outcome.kind === 'tokens' ? outcome.tokens : undefined)

describe('an OpenID provider', () => {
  test('code and PKCE once, then each refresh brings tokens that work and a new refresh token', async () => {
    const { provider, tokens, refresh, statusOf } = await signIn()
    expect(tokens).toMatchObject({ accessLifetimeMs: 900_000, subject: 'amara' })
    // Opaque: whose it is comes from the ID token.
    expect(tokens).not.toHaveProperty('claims')
    expect(await statusOf(tokens.accessToken)).toBe(200)
    const seen = new Set([tokens.refreshToken])
    let newest = tokens.refreshToken
    for (let n = 0; n < 3; n++) {
      const granted = tokensOf(await refresh(newest))
      expect(granted).toMatchObject({ accessLifetimeMs: 900_000, subject: 'amara' })
      expect(await statusOf(granted?.accessToken)).toBe(200)
      newest = granted?.refreshToken
      seen.add(newest)
    }
    expect(seen.size).toBe(4)
    expect(provider.counts).toEqual({ refreshTokensSpent: 3, grantsRevoked: 0 })
  })

  test('a refresh token that is used again ends the grant, and with it the newest one', async () => {
    const { provider, tokens, refresh, statusOf } = await signIn()
    const granted = tokensOf(await refresh(tokens.refreshToken))
    expect(await refresh(tokens.refreshToken)).toEqual(rejected)
    expect(await refresh(granted?.refreshToken)).toEqual(rejected)
    expect(await statusOf(granted?.accessToken)).toBe(401)
    expect(provider.counts.grantsRevoked).toBe(1)
  })

  test('a sign-out is told by RFC 7009: nothing of the session is good any more, and telling again does no harm', async () => {
    const { provider, transport, tokens, refresh, statusOf } = await signIn()
    const { accessToken = '', refreshToken = '' } = tokens
    await transport.revoke?.({ refreshToken, accessToken, signal, fetch })
    expect(await refresh(refreshToken)).toEqual(rejected)
    expect(await statusOf(accessToken)).toBe(401)
    await transport.revoke?.({ refreshToken, accessToken, signal, fetch })
    const revocations = provider.requests.filter((request) => request.includes('/token/revocation'))
    expect(revocations).toEqual(Array(2).fill('POST /token/revocation 200'))
  })

  test('an access token alone can be told as well; this provider ends the grant with it', async () => {
    const { transport, tokens, refresh, statusOf } = await signIn()
    const { accessToken = '', refreshToken } = tokens
    await transport.revoke?.({ accessToken, signal, fetch })
    expect(await statusOf(accessToken)).toBe(401)
    expect(await refresh(refreshToken)).toEqual(rejected)
  })

  test('a scope may be narrowed, not widened', async () => {
    const narrower = await signIn({ scope: 'openid' })
    expect(await narrower.refresh(narrower.tokens.refreshToken)).toMatchObject({ kind: 'tokens' })
    const wider = await signIn({ scope: 'openid ward:write' })
    expect(await wider.refresh(wider.tokens.refreshToken)).toEqual({
      kind: 'unavailable',
      error: 'http_400.invalid_scope',
    })
  })

  test('an application that the provider does not know is not signed out for it', async () => {
    const { tokens, refresh } = await signIn({ clientId: 'clinic' })
    expect(await refresh(tokens.refreshToken)).toEqual({ kind: 'unavailable', error: 'http_401.invalid_client' })
  })

  test('3 tabs of another origin, 3 s tokens: each refresh token is spent once, without a CORS preflight', async ({
    visit,
  }) => {
    const provider = await provide({ accessLifetimeS: 3 })
    const { issuer, counts, requests } = provider
    const { open } = await visit({ backend: 'openid', issuer, clientId: CLIENT_ID })
    const pages = await open(3)
    const granted = await provider.signIn()
    await pages[0]?.evaluate((response) => ward.tokens.setSession(response), granted)
    await untilEach(pages, { status: 'active', subject: 'amara' })
    const polled = await pollUntil({ pages }, async () => {
      expect(counts.refreshTokensSpent).toBeGreaterThanOrEqual(4)
    })
    await signOutAfterRefresh(pages[0])
    await untilEach(pages, { status: 'signed-out', signedOutReason: 'user' })

    expectAllAnswered(polled)
    const answers = requests.filter((request) => request.includes(' /token '))
    // The first was for the code.
    expect(answers).toEqual(Array(counts.refreshTokensSpent + 1).fill('POST /token 200'))
    expect(await eventsOfType(pages, 'refreshed')).toHaveLength(counts.refreshTokensSpent)
    expect(counts.grantsRevoked).toBe(1)
    expect(requests.filter((request) => request.includes('/token/revocation'))).toEqual(['POST /token/revocation 200'])
  })
})
