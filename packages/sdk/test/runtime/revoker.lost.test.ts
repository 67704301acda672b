import { beforeEach, describe, expect, it } from 'vitest'
import { TokenManagerError } from '../../src/errors.ts'
import type { RefreshTransport } from '../../src/ports.ts'
import type { Revoker } from '../../src/runtime/revoker.ts'
import { createRevoking, ENDED, tell } from '../support/revoking.ts'
import { aLedger, HOUR, SECOND } from '../support/sessions.ts'

let at: ReturnType<typeof createRevoking>

beforeEach(() => {
  at = createRevoking()
})

describe('a session that nobody has a token of', () => {
  it('is lost, and said to be so once, when those who may have one have had their turn', async () => {
    const revoker = at.create()
    revoker.revokeOwed()
    await at.clock.run(0)
    expect([at.lost, at.lock.names]).toEqual([0, []])
    await at.clock.run(SECOND)
    expect([at.lost, at.told]).toEqual([1, []])
    revoker.update()
    revoker.revokeOwed()
    await at.clock.run(HOUR)
    expect(at.lost).toBe(1)
  })

  it('is not lost if a token comes', async () => {
    const revoker = at.create()
    revoker.revokeOwed()
    void tell(revoker)
    await at.clock.run(HOUR)
    expect([at.lost, at.told]).toEqual([0, ['r']])
  })
})

describe('a cookie that may be somebody else by now', () => {
  const stop = (revoker: Revoker, revocationStopped: 'held' | 'lost') => {
    at.ledger = { ...at.ledger, revocationStopped }
    revoker.update()
  }

  it('is not revoked once somebody signs in, and a request under way is cut off', async () => {
    const asked: AbortSignal[] = []
    const revoke = ({ signal }: { signal: AbortSignal }) => {
      asked.push(signal)
      return new Promise<void>(() => {})
    }
    const transport = { refreshTokenIn: 'cookie', revoke } as unknown as RefreshTransport
    const revoker = at.create('cookie', { transport })
    void tell(revoker, {})
    await at.clock.run(SECOND)
    stop(revoker, 'lost')
    await at.clock.run(HOUR)
    expect(asked.map(({ aborted }) => aborted)).toEqual([true])
    expect(at.clock.pending).toBe(0)
  })

  it('scenario 47: where the request names its session it waits, and goes on once somebody has signed in', async () => {
    at.up = false
    const names: unknown[] = []
    const transport = {
      refreshTokenIn: 'cookie',
      namedRevocation: true,
      async revoke({ sessionId }: { sessionId?: string }) {
        names.push(sessionId)
        if (!at.up) throw new TypeError('Failed to fetch')
      },
    } as unknown as RefreshTransport
    at.ledger = { ...at.ledger, sessionId: 'named' }
    const revoker = at.create('cookie', { transport })
    revoker.revokeOwed()
    await at.clock.run(0)
    stop(revoker, 'held')
    await at.clock.run(HOUR)
    expect(names).toEqual(['named'])
    at.up = true
    at.ledger = aLedger({ epoch: 2, sid: 't', owed: [{ ...ENDED, sessionId: 'named' }] })
    revoker.update()
    await at.clock.run(HOUR)
    expect(names).toEqual(['named', 'named'])
    expect(at.heard).toBe(1)
  })

  it('is given up where the endpoint says that it is', async () => {
    const transport = {
      refreshTokenIn: 'cookie',
      revoke: () => Promise.reject(new TokenManagerError('identity_changed', 'of another session')),
    } as unknown as RefreshTransport
    void tell(at.create('cookie', { transport }), {})
    await at.clock.run(HOUR)
    expect([at.lost, at.heard]).toEqual([1, 0])
  })
})
