import { createRefreshServer } from '@token-manager/refresh-server'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { FUZZ_TIMEOUT_MS, fuzz } from '../../../../test/support/fuzz.ts'
import { junk, junkUnder } from '../../../../test/support/junk.ts'
import { describeConditions } from '../../src/qa/describe-conditions.ts'
import { createServerControl } from '../../src/qa/server-control.ts'
import { parseServerState } from '../../src/qa/server-state.ts'

async function startServer(options = {}) {
  const server = createRefreshServer(options)
  onTestFinished(() => server.close())
  const { url } = await server.listen()
  return { server, control: createServerControl((input, init) => fetch(new URL(String(input), url), init)) }
}

test('the real server understands each control, and its state is read back', async () => {
  const { server, control } = await startServer({ qa: true, reuse: 'replay' })
  await control.setAccessLifetime(7_000)
  await control.setFault({ endpoint: 'refresh', kind: '503', times: 3, retryAfterS: 5 })
  await control.setFault({ endpoint: 'login', kind: '429', times: 1, retryAfterS: 5 })
  expect(control.get()).toEqual({
    accessLifetimeMs: 7_000,
    replays: true,
    pending: [
      { endpoint: 'refresh', kind: '503', remaining: 3 },
      { endpoint: 'login', kind: '429', remaining: 1 },
    ],
  })
  expect(server.qa?.state().faults.login).toEqual({ fault: { kind: '429', retryAfterS: 5, remaining: 1 } })
  await control.endFaults()
  expect(control.get()?.pending).toEqual([])
  expect(server.qa?.state().faults.refresh).toEqual({})
})

test('a server that can not replay is known for it', async () => {
  const { control } = await startServer({ qa: true, reuse: 'strict' })
  await control.load()
  expect(control.get()?.replays).toBe(false)
})

test('a fault that the server refuses is an error, and nothing changes', async () => {
  const { control } = await startServer({ qa: true })
  await control.load()
  const before = control.get()
  await expect(control.setFault({ endpoint: 'api', kind: 'html', times: 0, retryAfterS: 5 })).rejects.toThrow('400')
  expect(control.get()).toBe(before)
})

test('a server without a QA mode is an error', async () => {
  const { control } = await startServer()
  await expect(control.load()).rejects.toThrow('404')
  expect(control.get()).toBeUndefined()
})

test('junk is no state, and never throws', { timeout: FUZZ_TIMEOUT_MS }, () => {
  const leaf = fc.oneof(fc.integer(), fc.constantFrom('503', 'stall', 'replay', null, true, [], {}))
  const fault = fc.record({ fault: fc.oneof(leaf, junkUnder(['kind', 'remaining'], leaf)) })
  const faults = junkUnder(['api', 'refresh', 'login'], fc.oneof(leaf, fault))
  const states = junkUnder(['accessLifetimeMs', 'reuse', 'faults'], fc.oneof(leaf, faults))
  fuzz(fc.oneof(junk, states), (input) => {
    const state = parseServerState(input)
    expect(typeof (state?.accessLifetimeMs ?? 0)).toBe('number')
  })
})

test('what every object has is neither an endpoint nor a fault', () => {
  const faults = {
    constructor: { fault: { kind: '503', remaining: 1 } },
    api: { fault: { kind: 'toString', remaining: 1 } },
  }
  expect(parseServerState({ accessLifetimeMs: 1, faults })?.pending).toEqual([])
})

test('what is simulated is said in a line', () => {
  expect(describeConditions('fast', undefined)).toBe('Network: Fast')
  expect(describeConditions('fast', { accessLifetimeMs: 900_000, replays: true, pending: [] })).toBe(
    'Network: Fast · Tokens last 15 min · No server faults',
  )
  const pending = [
    { endpoint: 'refresh', kind: '503', remaining: 2 },
    { endpoint: 'api', kind: 'stall', remaining: 1 },
  ] as const
  expect(describeConditions('slow-3g', { accessLifetimeMs: 3_000, replays: true, pending })).toBe(
    'Network: Slow 3G · Tokens last 3 s · Refresh: 503 Unavailable × 2, Ward API: Stalled answer × 1',
  )
})
