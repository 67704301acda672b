import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Redis, startRedis } from '../../../../test/tools/redis.ts'
import { bearer, createTestServer, json } from '../support/test-server.ts'
import { tapped } from './tapped.ts'

describe('a Redis that fails', () => {
  /** @param reach gives the address that the server connects to */
  async function withRedis(reach = async ({ url }: Redis) => url) {
    const redis = await startRedis({ appendonly: 'yes' })
    if (redis === undefined) throw new Error('there was a Redis a moment ago')
    const lines: string[] = []
    const served = createTestServer({ store: await reach(redis), log: (line) => lines.push(line) })
    onTestFinished(async () => {
      await served.server.close()
      await redis.close()
    })
    return { redis, lines, ...served }
  }

  it('a silent connection to Redis is replaced', async () => {
    const silence: Array<() => void> = []
    const { get } = await withRedis(async ({ url }) => {
      const line = await tapped(url)
      silence.push(line.silence)
      return line.url
    })
    const health = async () => (await get('/api/token/health')).status
    expect(await health()).toBe(200)
    for (const begin of silence) begin()
    expect(await health()).toBe(503)
    await expect.poll(health, { timeout: 15_000 }).toBe(200)
  })

  it('a Redis that does not answer does not keep the server from closing', async () => {
    const { redis, signIn, refresh, server } = await withRedis()
    const { refresh: token } = await signIn()
    redis.freeze()
    const answer = refresh(token)
    await Promise.race([answer, delay(50)])
    await server.close()
    expect((await answer).status).toBe(503)
  })

  it('a Redis that is missing at the start is found when it comes', async () => {
    const { redis, get } = await withRedis(async (absent) => {
      await absent.stop()
      return absent.url
    })
    const health = async () => (await get('/api/token/health')).status
    expect(await health()).toBe(503)
    await redis.crash()
    await expect.poll(health).toBe(200)
  })

  it('requests do not wait for a Redis that is gone', async () => {
    const { redis, signIn, refresh, post, get, lines } = await withRedis()
    const { refresh: token, access } = await signIn()
    await redis.stop()
    await expect.poll(() => lines.join('\n')).toContain('redis 127.0.0.1')
    expect((await refresh(token)).status).toBe(503)
    const health = await get('/api/token/health')
    expect([health.status, await json(health)]).toEqual([503, { success: false, data: { status: 'unavailable' } }])
    for (const answer of [
      await post('/api/token/login', { username: 'amara', password: 'amara-pw' }),
      await post('/api/token/refresh', { refreshToken: token }),
      await post('/api/token/validate', { accessToken: access }),
      await get('/api/token/sessions', bearer(access)),
    ]) {
      expect([answer.status, answer.headers.get('Retry-After')]).toEqual([503, '1'])
      expect(await json(answer)).toMatchObject({ success: false, error: 'unavailable' })
    }
    expect(lines.join('\n')).toMatch(/unavailable POST \/auth\/refresh: redis .*: The client is offline/)
  })

  it('a Redis that returns after kill -9 with an append-only file has lost no acknowledged rotation', async () => {
    const { redis, signIn, rotate, reasonFor, refresh, lines } = await withRedis()
    let current = await signIn()
    const spent = current
    for (const key of ['a', 'b', 'c']) {
      current = await rotate(current.refresh, key)
      await redis.crash()
      // Until the connection is back the answer is 503, and nothing is lost.
      await expect.poll(async () => (await refresh(current.refresh, `${key}2`)).status).toBe(200)
      current = await rotate(current.refresh, `${key}2`)
    }
    expect(await reasonFor(current.refresh)).toBe('ok')
    expect(await reasonFor(spent.refresh)).toBe('reused')
    expect(lines.join('\n')).toContain('connected again')
  })

  it('a failing Redis gives 503 and Retry-After, never a rejection', async () => {
    const { redis, signIn, refresh, patients } = await withRedis()
    const { refresh: token, access } = await signIn()
    redis.freeze()
    const answers = await Promise.all([refresh(token), patients(access)])
    redis.thaw()
    for (const answer of answers) {
      expect(answer.status).toBe(503)
      expect(answer.headers.get('Retry-After')).toBe('1')
      expect(await json(answer)).toMatchObject({ error: 'unavailable' })
    }
  })
})
