import { setupServer } from 'msw/node'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createKy } from '../src/http/ky.ts'
import { cookieTransport, createTokenManager, jsonTransport, type RefreshTransport } from '../src/index.ts'
import { SECOND } from './support/sessions.ts'
import { useVirtualTime } from './support/tokens.ts'
import { createWard, REFRESH, WARD, type Ward } from './support/ward.ts'

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Lets time pass in steps, with the network’s own turns in between. */
async function pass(ms: number): Promise<void> {
  for (let i = 0; i < ms / 100; i++) {
    await vi.advanceTimersByTimeAsync(100)
    for (let turns = 0; turns < 20; turns++) await turn()
  }
}

function open(transport: RefreshTransport, ward: Ward) {
  useVirtualTime()
  const server = setupServer(...ward.handlers)
  server.listen()
  const tokens = createTokenManager({ name: 'ward', transport, tabs: 'off' })
  onTestFinished(async () => {
    await tokens.dispose()
    server.close()
  })
  return tokens
}

describe('a person on a ward', () => {
  it('signs in, and stays signed in over five expiries while the ward is polled', async () => {
    const ward = createWard(3 * SECOND)
    const tokens = open(jsonTransport({ url: REFRESH }), ward)
    await tokens.setSession(ward.login())
    const api = createKy(tokens)
    const failures: unknown[] = []
    for (let i = 0; i < 150; i++) {
      const request = i % 2 ? tokens.fetch(WARD) : api.post(WARD, { json: { note: i } })
      request.catch((error: unknown) => failures.push(error))
      await pass(100)
    }
    expect(failures).toEqual([])
    expect(ward.seen).toMatchObject({ reuses: 0, unauthorized: 0, answered: 150 })
    // The first refresh is drawn over the whole interval.
    expect(ward.seen.refreshes).toBeGreaterThanOrEqual(5)
    expect(ward.seen.refreshes).toBeLessThanOrEqual(8)
    expect(tokens.getMetrics()).toMatchObject({ refreshSuccessRate: 1, requestsSent: 150, requestsFailed: 0 })
  })

  it('scenario 34: comes back with nothing but the cookie', async () => {
    // The first refresh after it comes at any time: with an hour, hardly ever in the second that is looked at.
    const ward = createWard(3_600 * SECOND, true)
    const tokens = open(cookieTransport({ url: REFRESH }), ward)
    const call = tokens.fetch(WARD)
    await pass(SECOND)
    expect(await (await call).json()).toEqual({ patients: 12 })
    expect(ward.seen).toMatchObject({ refreshes: 1, unauthorized: 0 })
  })
})
