import fc from 'fast-check'
import { expect, it } from 'vitest'
import { FUZZ_TIMEOUT_MS, fuzz } from '../../../../test/support/fuzz.ts'
import { junk, junkUnder } from '../../../../test/support/junk.ts'
import { InvalidInputError } from '../../src/errors.ts'
import { resolveOptions } from '../../src/options/resolve-options.ts'
import { createConnections } from '../../src/qa/connection.ts'
import { createQaControl } from '../../src/qa/control.ts'
import { createCounter } from '../../src/qa/counts.ts'
import { createFaults } from '../../src/qa/faults.ts'
import { unlessRefused } from '../support/refused.ts'

const timed = { timeout: FUZZ_TIMEOUT_MS }
const number = fc.oneof(fc.integer({ min: -1, max: 700_000 }), fc.double(), fc.constantFrom(1, 1.5, 3_000, 900_000))

it('any fault is within bounds, or is refused and changes nothing', timed, () => {
  const words = ['refresh', 'login', 'logout', 'api', 'latency', '503', '429', 'stall', 'html', 'none', 'before']
  const value = fc.oneof(fc.constantFrom(...words), number, junk)
  const known = fc.record({ endpoint: fc.constantFrom(...words.slice(0, 5)), kind: fc.constantFrom(...words.slice(3)) })
  const more = fc.dictionary(fc.constantFrom('ms', 'when', 'times', 'retryAfterS', 'tmies'), value, { maxKeys: 2 })
  const inputs = fc.tuple(known, more).map((parts) => Object.assign({}, ...parts))
  let taken = 0
  fuzz(fc.oneof(junk, junkUnder(['endpoint', 'kind', 'ms', 'times'], value), inputs, inputs), (input) => {
    const faults = createFaults()
    const isTaken = unlessRefused([InvalidInputError], () => faults.set(input) ?? true)
    if (isTaken) taken++
    for (const endpoint of ['refresh', 'login', 'logout', 'api'] as const) {
      const { latency, fault } = faults.get(endpoint)
      if (!isTaken) expect([latency, fault]).toEqual([undefined, undefined])
      if (latency) expect(latency.ms > 0 && latency.ms <= 600_000).toBe(true)
      if (fault) expect(Number.isInteger(fault.remaining) && fault.remaining >= 1).toBe(true)
    }
  })
  expect(taken).toBeGreaterThan(100)
})

it('any lifetimes and any mode are within bounds, or are refused and change nothing', timed, () => {
  const { policy: initialPolicy } = resolveOptions({})
  let policy = initialPolicy
  const control = createQaControl({
    initialPolicy,
    policy: () => policy,
    setPolicy(next) {
      policy = next
    },
    faults: createFaults(),
    counter: createCounter(),
    connections: createConnections(),
  })
  const good = fc.integer({ min: 3_000, max: 900_000 })
  const odd = fc.dictionary(fc.constantFrom('accessLifetimeMs', 'refreshLifetimeMs', 'other'), fc.oneof(number, junk))
  const lifetimes = fc.oneof(odd, fc.record({ accessLifetimeMs: good, refreshLifetimeMs: fc.oneof(good, number) }))
  const modes = fc.constantFrom('strict', 'grace', 'replay', 'toString', 'Strict', null, 1, ['strict'])
  let taken = 0
  fuzz(fc.tuple(fc.oneof(lifetimes, junk), modes), ([given, mode]) => {
    const before = policy
    const lasting = unlessRefused([InvalidInputError], () => control.setLifetimes(given))
    if (!lasting) expect(policy).toBe(before)
    const { accessLifetimeMs, refreshLifetimeMs } = policy
    expect([accessLifetimeMs >= 3_000, refreshLifetimeMs >= 3_000]).toEqual([true, true])
    const minded = unlessRefused([InvalidInputError], () => control.setReuse(mode))
    expect(['strict', 'grace', 'replay']).toContain(policy.reuse)
    if (lasting && minded) taken++
  })
  expect(taken).toBeGreaterThan(20)
})
