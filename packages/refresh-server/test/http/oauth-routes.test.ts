import { describe, expect, it } from 'vitest'
import { json, listenTestServer, MINUTE_MS } from '../support/test-server.ts'

type Client = Awaited<ReturnType<typeof listenTestServer>>

type Form = Record<string, string> | string

const submit = ({ send }: Client, path: string, form: Form) =>
  send(path, { method: 'POST', body: new URLSearchParams(form) })

const refreshing = (refreshToken: string) => ({ grant_type: 'refresh_token', refresh_token: refreshToken })

describe('POST /oauth/token', () => {
  it('answers a refresh with the members of RFC 6749 section 5.1', async () => {
    const client = await listenTestServer()
    const { refresh } = await client.signIn()
    const answer = await submit(client, '/oauth/token', { ...refreshing(refresh), client_id: 'ward' })
    expect([answer.headers.get('Cache-Control'), answer.headers.get('Pragma')]).toEqual(['no-store', 'no-cache'])
    const { access_token: accessToken, refresh_token: refreshToken, ...rest } = await json(answer)
    expect(rest).toEqual({ token_type: 'Bearer', expires_in: 900 })
    expect((await client.patients(String(accessToken))).status).toBe(200)
    expect(await client.reasonFor(String(refreshToken))).toBe('ok')
  })

  it('answers a repeated key with the same successor', async () => {
    const client = await listenTestServer()
    const { refresh } = await client.signIn()
    const ask = async () => {
      const headers = { 'Idempotency-Key': 'key' }
      const init = { method: 'POST', body: new URLSearchParams(refreshing(refresh)), headers }
      return json(await client.send('/oauth/token', init))
    }
    const once = await ask()
    expect((await ask()).refresh_token).toBe(once.refresh_token)
  })

  it('rejects a spent token with 400 invalid_grant', async () => {
    const client = await listenTestServer({ reuse: 'strict' })
    const { refresh } = await client.signIn()
    await submit(client, '/oauth/token', refreshing(refresh))
    const answer = await submit(client, '/oauth/token', refreshing(refresh))
    expect(answer.status).toBe(400)
    expect(await json(answer)).toMatchObject({ error: 'invalid_grant', reason: 'reused' })
  })

  it.each([
    ['another grant', { grant_type: 'password', username: 'amara', password: 'x' }, 'unsupported_grant_type'],
    ['no grant', { refresh_token: 'x' }, 'invalid_request'],
    ['no token', { grant_type: 'refresh_token' }, 'invalid_request'],
    ['a parameter twice', 'grant_type=refresh_token&refresh_token=a&refresh_token=b', 'invalid_request'],
    ['nothing', '', 'invalid_request'],
  ])('refuses %s', async (_, form, error) => {
    const answer = await submit(await listenTestServer(), '/oauth/token', form)
    expect(answer.status).toBe(400)
    expect((await json(answer)).error).toBe(error)
  })

  it('refuses a body that is not a form', async () => {
    const { post } = await listenTestServer()
    expect((await post('/oauth/token', refreshing('x'))).status).toBe(415)
  })

  it('refuses a form that is too large', async () => {
    const answer = await submit(await listenTestServer(), '/oauth/token', refreshing('x'.repeat(20_000)))
    expect(answer.status).toBe(413)
  })
})

describe('POST /oauth/revoke', () => {
  it('revokes the session, and accepts an unknown token', async () => {
    const client = await listenTestServer()
    const { refresh } = await client.signIn()
    const form = { token: refresh, token_type_hint: 'refresh_token' }
    expect((await submit(client, '/oauth/revoke', form)).status).toBe(200)
    expect(await client.reasonFor(refresh)).toBe('revoked')
    expect((await submit(client, '/oauth/revoke', { token: 'never issued' })).status).toBe(200)
    expect((await submit(client, '/oauth/revoke', {})).status).toBe(400)
  })

  it('revokes the session of an access token, which is refused from then on', async () => {
    const client = await listenTestServer()
    const [{ access, refresh }, other] = [await client.signIn(), await client.signIn()]
    for (const _ of [1, 2]) {
      expect((await submit(client, '/oauth/revoke', { token: access })).status).toBe(200)
      expect((await client.patients(access)).status).toBe(401)
    }
    expect(await client.reasonFor(refresh)).toBe('revoked')
    expect((await client.patients(other.access)).status).toBe(200)
  })

  it('revokes nothing for an expired access token', async () => {
    const client = await listenTestServer()
    const { access, refresh } = await client.signIn()
    client.clock.now += 20 * MINUTE_MS
    expect((await submit(client, '/oauth/revoke', { token: access })).status).toBe(200)
    expect(await client.reasonFor(refresh)).toBe('ok')
  })
})

it('counts and faults of the QA mode include the OAuth endpoints', async () => {
  const client = await listenTestServer({ qa: true })
  const { refresh } = await client.signIn()
  client.server.qa?.setFault({ endpoint: 'refresh', kind: '503' })
  expect((await submit(client, '/oauth/token', refreshing(refresh))).status).toBe(503)
  await submit(client, '/oauth/token', refreshing(refresh))
  await submit(client, '/oauth/revoke', { token: refresh })
  expect(client.server.qa?.counts().endpoints).toMatchObject({
    refresh: { requests: 2, statuses: { 503: 1, 200: 1 } },
    logout: { requests: 1 },
  })
})
