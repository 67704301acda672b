import { describe, expect, it } from 'vitest'
import { attributesOf, listenTestServer } from '../support/test-server.ts'

const CREDENTIALS = { username: 'amara', password: 'amara-pw' }

describe('the cookie of the refresh token', () => {
  it.each([
    ['without a trusted proxy', {}, { 'X-Forwarded-Proto': 'https' }, 'refresh_token'],
    ['behind a proxy with https', { trustedProxies: 1 }, { 'X-Forwarded-Proto': 'https' }, '__Host-refresh_token'],
    ['behind a proxy without', { trustedProxies: 1 }, { 'X-Forwarded-Proto': 'https, http' }, 'refresh_token'],
    ['behind a proxy that says nothing', { trustedProxies: 1 }, {}, 'refresh_token'],
    ['if told to', { cookie: { secure: true } }, {}, '__Host-refresh_token'],
    ['under another name', { cookie: { name: 'sid' } }, {}, 'sid'],
  ] as const)('has its name %s', async (...[, options, headers, name]) => {
    const { post, send } = await listenTestServer(options)
    const answer = await post('/auth/cookie/login', CREDENTIALS, headers)
    const cookies = Object.keys(attributesOf(answer))
    expect(cookies).toContain(name)
    const pairs = answer.headers.getSetCookie().map((line) => line.split(';')[0] ?? '')
    const csrf = pairs.find((pair) => pair.includes('csrftoken='))?.split('=')[1] ?? ''
    const init = { method: 'POST', headers: { ...headers, Cookie: pairs.join('; '), 'X-CSRFToken': csrf } }
    expect((await send('/auth/cookie/refresh', init)).status).toBe(200)
  })

  it('is SameSite=Lax on request', async () => {
    const { post } = await listenTestServer({ cookie: { sameSite: 'lax' } })
    const answer = await post('/auth/cookie/login', CREDENTIALS)
    expect(Object.values(attributesOf(answer)).map((attributes) => attributes.at(-1))).toEqual(
      Array(3).fill('SameSite=Lax'),
    )
  })
})
