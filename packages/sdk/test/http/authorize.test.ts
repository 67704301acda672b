import { beforeEach, describe, expect, it } from 'vitest'
import { watch } from '../support/ports.ts'
import { HOUR, SECOND } from '../support/sessions.ts'
import { bearer, LOGIN, openPage, pass, signIn, useVirtualTime } from '../support/tokens.ts'

beforeEach(useVirtualTime)

describe('authorize', () => {
  it('gives the request back with the token on it, and changes nothing else', async () => {
    const { tokens } = await signIn()
    const request = new Request('/api', { method: 'POST', body: 'note', headers: { 'x-ward': '3' } })
    const authorized = await tokens.authorize(request)
    expect(bearer(authorized)).toBe('Bearer SECRET-access-1')
    expect(authorized.headers.get('x-ward')).toBe('3')
    expect([authorized.method, authorized.url, await authorized.text()]).toEqual(['POST', request.url, 'note'])
    expect(bearer(request)).toBeNull()
  })

  it('counts as a request', async () => {
    const { tokens } = await signIn()
    await tokens.authorize(new Request('/api'))
    expect(tokens.getMetrics().requestsSent).toBe(1)
  })

  it('gives the very request back where it is none of ours', async () => {
    const { tokens } = await signIn()
    const foreign = new Request('https://elsewhere.example/')
    const own = new Request('/api', { headers: { authorization: 'Basic abc' } })
    expect(await tokens.authorize(foreign)).toBe(foreign)
    expect(await tokens.authorize(own)).toBe(own)
  })

  it('with cookie access sets credentials, and the CSRF header where the method is unsafe', async () => {
    const csrfHeader = () => ({ name: 'X-CSRFToken', value: 'c' })
    const { tokens } = openPage({}, { accessTokenIn: 'cookie', refreshTokenIn: 'cookie', csrfHeader })
    await tokens.setSession(LOGIN)
    const write = await tokens.authorize(new Request('/api', { method: 'DELETE' }))
    const read = await tokens.authorize(new Request('/api'))
    expect([write.credentials, read.credentials]).toEqual(['include', 'include'])
    expect([write.headers.get('x-csrftoken'), read.headers.get('x-csrftoken')]).toEqual(['c', null])
  })

  it('waits for a token, and leaves with the reason of the signal', async () => {
    const { tokens, endpoint } = await signIn()
    endpoint.respond = () => new Promise(() => {})
    await pass(HOUR)
    const controller = new AbortController()
    const call = watch(tokens.authorize(new Request('/api', { signal: controller.signal })))
    await pass(SECOND)
    expect(call.settled).toBe(false)
    controller.abort('went on')
    await pass(0)
    expect(call.error).toBe('went on')
  })

  it('rejects where there is no session', async () => {
    const { tokens } = openPage()
    await pass(0)
    await expect(tokens.authorize(new Request('/api'))).rejects.toMatchObject({
      code: 'signed_out',
      reason: 'no-session',
    })
  })
})
