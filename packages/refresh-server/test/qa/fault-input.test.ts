import { expect, it } from 'vitest'
import type { Fault } from '../../src/index.ts'
import { createTestServer, json } from '../support/test-server.ts'

it.each<[string, unknown]>([
  ['a JSON object', 'refresh'],
  ['a JSON object', null],
  ['"endpoint"', { kind: 'none' }],
  ['"endpoint"', { endpoint: 'everything', kind: 'none' }],
  ['"kind"', { endpoint: 'api', kind: '500' }],
  ['"kind"', { endpoint: 'api' }],
  ['"ms"', { endpoint: 'api', kind: 'latency' }],
  ['"ms"', { endpoint: 'api', kind: 'latency', ms: -1 }],
  ['"ms"', { endpoint: 'api', kind: 'latency', ms: 600_001 }],
  ['"ms"', { endpoint: 'api', kind: 'latency', ms: Number.NaN }],
  ['"when"', { endpoint: 'api', kind: 'latency', ms: 1, when: 'later' }],
  ['"times"', { endpoint: 'api', kind: '503', times: 0 }],
  ['"times"', { endpoint: 'api', kind: '503', times: 1.5 }],
  ['"times"', { endpoint: 'api', kind: 'stall', times: '2' }],
  ['"times"', { endpoint: 'api', kind: 'latency', ms: 1, times: 2 }],
  ['"times"', { endpoint: 'api', kind: 'none', times: 2 }],
  ['"retryAfterS"', { endpoint: 'api', kind: '429' }],
  ['"retryAfterS"', { endpoint: 'api', kind: '429', retryAfterS: -1 }],
  ['"retryAfterS"', { endpoint: 'api', kind: '503', retryAfterS: 1 }],
  ['"tmies"', { endpoint: 'api', kind: '503', tmies: 2 }],
])('names %s when a fault is wrong: %j', async (name, input) => {
  const { server } = createTestServer({ qa: true })
  const before = server.qa?.state()
  const { url } = await server.listen()
  const answer = await fetch(`${url}/qa/faults`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(input),
  })
  expect(answer.status).toBe(400)
  const { error, error_description: description } = await json(answer)
  expect(error).toBe('invalid_request')
  expect(description).toContain(name)
  // A caller in JavaScript may do this.
  const untyped: { setFault(fault: unknown): unknown } | undefined = server.qa
  expect(() => untyped?.setFault(input)).toThrow(name)
  expect(server.qa?.state()).toEqual(before)
})

it('the state of the QA mode shows each fault with its remaining requests', async () => {
  const { server } = createTestServer({ qa: true })
  const fault: Fault = { endpoint: 'login', kind: '429', retryAfterS: 5, times: 3 }
  expect(server.qa?.setFault(fault).faults.login).toEqual({ fault: { kind: '429', retryAfterS: 5, remaining: 3 } })
  expect(server.qa?.setFault({ endpoint: 'login', kind: 'none' }).faults.login).toEqual({})
})
