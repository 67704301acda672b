import { beforeEach, describe, expect, it } from 'vitest'
import type { Lock, RefreshTransport } from '../../src/ports.ts'
import { watch } from '../support/ports.ts'
import { createRevoking, tell } from '../support/revoking.ts'
import { HOUR, MINUTE, NOON, SECOND } from '../support/sessions.ts'

let at: ReturnType<typeof createRevoking>

beforeEach(() => {
  at = createRevoking()
})

describe('telling the endpoint', () => {
  it('once, if it hears', async () => {
    await tell(at.create())
    await at.clock.run(HOUR)
    expect(at.told).toEqual(['r'])
    expect(at.heard).toBe(1)
    expect(at.clock.pending).toBe(0)
  })

  it('scenario 36: again and again until it hears, and the caller waits for the first try only', async () => {
    at.up = false
    const call = watch(tell(at.create()))
    await at.clock.run(0)
    expect(call.settled).toBe(true)
    await at.clock.run(2 * SECOND)
    expect(at.told).toHaveLength(4)
    at.up = true
    await at.clock.run(HOUR)
    expect(at.told).toHaveLength(5)
    expect(at.heard).toBe(1)
  })

  it('scenario 36: at once when the network is back', async () => {
    at.up = false
    const revoker = at.create()
    void tell(revoker)
    await at.clock.run(MINUTE)
    const tries = at.told.length
    at.up = true
    revoker.retryNow()
    await at.clock.run(0)
    expect(at.told).toHaveLength(tries + 1)
    expect(at.heard).toBe(1)
  })

  it('scenario 36: at once when the network comes back while a try is failing', async () => {
    at.up = false
    const revoker = at.create()
    void tell(revoker)
    while (at.told.length === 0) await Promise.resolve()
    revoker.retryNow()
    await at.clock.run(0)
    expect(at.told).toHaveLength(2)
  })

  it('scenario 36: not before a refresh has settled: its late answer would bring a cookie back', async () => {
    let settle = () => {}
    const settled = new Promise<void>((resolve) => {
      settle = resolve
    })
    void tell(at.create('cookie', { refreshSettled: () => settled }), {})
    await at.clock.run(MINUTE)
    expect(at.told).toEqual([])
    settle()
    await at.clock.run(0)
    expect(at.told).toHaveLength(1)
  })

  it.each(['cookie', 'body'] as const)(
    'scenario 12: in one tab, and not where another has done so: %s',
    async (place) => {
      at.lock.close()
      void tell(at.create(place))
      at.ledger = { ...at.ledger, revocationPending: false }
      at.lock.open()
      await at.clock.run(HOUR)
      expect(at.lock.names).toEqual(['ns:revoke:s'])
      expect(at.told).toEqual([])
    },
  )

  it('keeps the lock for a second after the endpoint has heard, until the others have, too', async () => {
    let freeAt = 0
    const keep: Lock['request'] = async (_name, _request, run) => {
      const result = await run()
      freeAt = at.clock.now()
      return result
    }
    void tell(at.create('body', { lock: { ...at.lock, request: keep } }))
    await at.clock.run(HOUR)
    expect(freeAt - NOON).toBe(SECOND)
  })

  it('with the newest tokens that came before it could', async () => {
    let settle = () => {}
    const settled = new Promise<void>((resolve) => {
      settle = resolve
    })
    const revoker = at.create('body', { refreshSettled: () => settled })
    void tell(revoker)
    void tell(revoker, { refreshToken: 'r2' })
    settle()
    await at.clock.run(HOUR)
    expect(at.told).toEqual(['r2'])
  })

  it('stands behind no page that sleeps: it leaves the line, and comes back when it wakes', async () => {
    at.up = false
    const revoker = at.create()
    void tell(revoker)
    await at.clock.run(0)
    at.asleep = true
    revoker.update()
    await at.clock.run(HOUR)
    expect(at.told).toHaveLength(1)
    at.asleep = false
    at.up = true
    revoker.update()
    await at.clock.run(0)
    expect(at.told).toHaveLength(2)
  })

  it('once at least where the page is left before its turn has come', async () => {
    at.lock.close()
    const revoker = at.create()
    void tell(revoker)
    at.asleep = true
    revoker.update()
    revoker.update()
    await at.clock.run(HOUR)
    expect(at.told).toEqual(['r'])
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
    void tell(at.create('body', { transport }))
    await at.clock.run(MINUTE - 1)
    expect(asked.map(({ aborted }) => aborted)).toEqual([false])
    await at.clock.run(2 * SECOND)
    expect(asked.map(({ aborted }) => aborted)).toEqual([true, false])
  })
})

describe('scenario 22: giving up', () => {
  it('leaves no timer, and asks no more', async () => {
    at.up = false
    const revoker = at.create()
    void tell(revoker)
    await at.clock.run(SECOND)
    const tries = at.told.length
    await revoker.cancel()
    await at.clock.run(0)
    expect(at.clock.pending).toBe(0)
    await at.clock.run(HOUR)
    expect(at.told).toHaveLength(tries)
  })

  it('also where two sessions have to be revoked', async () => {
    at.up = false
    const revoker = at.create()
    void tell(revoker)
    revoker.revoke({ epoch: 2, sid: 't' }, { refreshToken: 'r2' }, true)
    await at.clock.run(SECOND)
    await revoker.cancel()
    await at.clock.run(0)
    expect(at.clock.pending).toBe(0)
  })
})
