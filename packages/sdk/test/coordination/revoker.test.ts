import { beforeEach, describe, expect, it } from 'vitest'
import { createRevoker, type Revoker, type RevokerDependencies } from '../../src/coordination/revoker.ts'
import { sleep } from '../../src/coordination/scheduler.ts'
import { DEFAULT_POLICY } from '../../src/decisions/policy.ts'
import type { RefreshTransport } from '../../src/ports.ts'
import { createFakeClock, type FakeClock } from '../support/clock.ts'
import { createFakeLock, createFakeRandom, watch } from '../support/ports.ts'
import { aLedger, HOUR, MINUTE, SECOND } from '../support/sessions.ts'

let clock: FakeClock
let lock: ReturnType<typeof createFakeLock>
let told: unknown[]
let heard: number
let pending: boolean
let up: boolean

beforeEach(() => {
  clock = createFakeClock()
  lock = createFakeLock()
  told = []
  heard = 0
  pending = true
  up = true
})

function create(refreshTokenIn: 'body' | 'cookie' = 'body', members: Partial<RevokerDependencies> = {}): Revoker {
  const transport = {
    refreshTokenIn,
    async revoke({ refreshToken }: { refreshToken?: string }) {
      told.push(refreshToken)
      if (!up) throw new TypeError('Failed to fetch')
    },
  } as RefreshTransport
  return createRevoker({
    lock,
    transport,
    random: createFakeRandom(0),
    namespace: 'ns',
    fetch,
    policy: DEFAULT_POLICY,
    refreshTimeoutMs: MINUTE,
    refreshSettled: () => Promise.resolve(),
    sleep: (ms, ...signals) => sleep(clock, ms, ...signals),
    readLedger: () => aLedger({ revocationPending: pending }),
    dispatch: ({ type }) => {
      if (type === 'revoked') heard++
      pending = false
    },
    ...members,
  })
}

describe('telling the endpoint', () => {
  it('once, if it hears', async () => {
    await create().revoke({ refreshToken: 'r' })
    await clock.run(HOUR)
    expect(told).toEqual(['r'])
    expect(heard).toBe(1)
    expect(clock.pending).toBe(0)
  })

  it('scenario 36: again and again until it hears, and the caller waits for the first try only', async () => {
    up = false
    const call = watch(create().revoke({ refreshToken: 'r' }))
    await clock.run(0)
    expect(call.settled).toBe(true)
    await clock.run(2 * SECOND)
    expect(told).toHaveLength(4)
    up = true
    await clock.run(HOUR)
    expect(told).toHaveLength(5)
    expect(heard).toBe(1)
  })

  it('scenario 36: at once when the network is back', async () => {
    up = false
    const revoker = create()
    void revoker.revoke({})
    await clock.run(MINUTE)
    const tries = told.length
    up = true
    revoker.hurry()
    await clock.run(0)
    expect(told).toHaveLength(tries + 1)
    expect(heard).toBe(1)
  })

  it('scenario 36: at once when the network comes back while a try is failing', async () => {
    up = false
    const revoker = create()
    void revoker.revoke({})
    await Promise.resolve()
    revoker.hurry()
    await clock.run(0)
    expect(told).toHaveLength(2)
  })

  it('scenario 36: not before a refresh has settled: its late answer would bring a cookie back', async () => {
    let settle = () => {}
    const settled = new Promise<void>((resolve) => {
      settle = resolve
    })
    void create('cookie', { refreshSettled: () => settled }).revoke({})
    await clock.run(MINUTE)
    expect(told).toEqual([])
    settle()
    await clock.run(0)
    expect(told).toHaveLength(1)
  })

  it('scenario 12: by cookie in one tab, and not where another has done so', async () => {
    lock.close()
    void create('cookie').revoke({})
    pending = false
    lock.open()
    await clock.run(HOUR)
    expect(lock.names).toEqual(['ns:revoke'])
    expect(told).toEqual([])
  })

  it('an endpoint that does not answer is given up after its time, and asked again', async () => {
    const asked: AbortSignal[] = []
    const transport = {
      refreshTokenIn: 'body',
      revoke: ({ signal }: { signal: AbortSignal }) =>
        new Promise<void>((_resolve, reject) => {
          asked.push(signal)
          signal.addEventListener('abort', () => reject(signal.reason), { once: true })
        }),
    } as Partial<RefreshTransport> as RefreshTransport
    void create('body', { transport }).revoke({})
    await clock.run(MINUTE - 1)
    expect(asked.map(({ aborted }) => aborted)).toEqual([false])
    await clock.run(2 * SECOND)
    expect(asked.map(({ aborted }) => aborted)).toEqual([true, false])
  })
})

describe('scenario 22: giving up', () => {
  it('leaves no timer, and asks no more', async () => {
    up = false
    const revoker = create()
    void revoker.revoke({})
    await clock.run(SECOND)
    const tries = told.length
    await revoker.cancel()
    await clock.run(0)
    expect(clock.pending).toBe(0)
    await clock.run(HOUR)
    expect(told).toHaveLength(tries)
  })

  it('also where two sessions have to be revoked', async () => {
    up = false
    const revoker = create()
    void revoker.revoke({ refreshToken: 'r1' })
    void revoker.revoke({ refreshToken: 'r2' })
    await clock.run(SECOND)
    await revoker.cancel()
    await clock.run(0)
    expect(clock.pending).toBe(0)
  })
})
