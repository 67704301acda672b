import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTestServer, tokensOf } from '../support/test-server.ts'

describe('for any order of requests', () => {
  const step = fc.record({
    token: fc.nat(30),
    key: fc.constantFrom('a', 'b', undefined),
    elapsedMs: fc.constantFrom(0, 0, 1_000, 11_000),
  })

  it.each(['strict', 'replay'] as const)('%s never leaves two successors of one token', async (reuse) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
        const { server, signIn, refresh, reasonFor, clock } = createTestServer({ reuse })
        const known = [(await signIn()).refresh]
        const successors = new Map<string, string>()
        const keys = new Map<string, string | undefined>()
        let revoked = false
        for (const { token: index, key, elapsedMs } of steps) {
          clock.now += elapsedMs
          const token = known[index % known.length] ?? ''
          const answer = await refresh(token, key)
          if (answer.status === 401) {
            revoked = true
            continue
          }
          expect(revoked).toBe(false)
          const successor = (await tokensOf(answer)).refresh
          if (successors.has(token)) {
            expect(reuse).toBe('replay')
            expect(key).toBeDefined()
            expect(keys.get(token)).toBe(key)
          }
          keys.set(token, key)
          // One key may have spent several in a row: the answer is the last of them.
          let last = successors.get(token) ?? successor
          while (key !== undefined && keys.get(last) === key) last = successors.get(last) ?? ''
          expect(last).toBe(successor)
          if (successors.has(token)) continue
          known.push(successor)
          successors.set(token, successor)
        }
        const reasons = revoked ? await Promise.all(known.map((token) => reasonFor(token))) : []
        expect(reasons.every((reason) => reason === 'revoked')).toBe(true)
        await server.close()
      }),
      { numRuns: 60 },
    )
  })
})
