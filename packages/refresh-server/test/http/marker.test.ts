import { expect, it } from 'vitest'
import { attributesOf, createCookieJar, createTestServer } from '../support/test-server.ts'

it('each answer of a refresh changes a cookie that pages can read, a rejection too; a sign-out clears it', async () => {
  const { send } = createTestServer()
  const jar = createCookieJar()
  const seen = new Set<string | undefined>()
  async function post(path: string, headers: Record<string, string> = {}, body?: string) {
    const init = { method: 'POST', headers: { ...headers, Cookie: jar.headerFor(path) }, ...(body && { body }) }
    const answer = await send(path, init)
    jar.take(answer)
    seen.add(jar.get('refresh_marker'))
    return answer
  }
  const csrf = () => ({ 'X-CSRFToken': jar.get('csrftoken') ?? '' })

  const rejected = await post('/auth/cookie/refresh')
  expect(rejected.status).toBe(401)
  expect(attributesOf(rejected)).toEqual({ refresh_marker: ['Max-Age=86400', 'Path=/', 'SameSite=Strict'] })
  await post('/auth/cookie/login', { 'Content-Type': 'application/json' }, '{"username":"amara","password":"amara-pw"}')
  expect(seen.size).toBe(1)
  for (const size of [2, 3]) {
    expect((await post('/auth/cookie/refresh', csrf())).status).toBe(200)
    expect(seen.size).toBe(size)
  }
  // What a foreign page may have sent is no refresh.
  expect((await post('/auth/cookie/refresh')).status).toBe(403)
  expect(seen.size).toBe(3)
  await post('/auth/cookie/logout', csrf())
  expect(jar.get('refresh_marker')).toBeUndefined()
})
