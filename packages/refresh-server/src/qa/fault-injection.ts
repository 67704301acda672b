import { setTimeout as delay } from 'node:timers/promises'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context, MiddlewareHandler } from 'hono'
import { HttpError } from '../errors.ts'
import { type AppEnv, endConnection, incomingOf } from '../http/context.ts'
import { endpointOf } from '../http/endpoints.ts'
import { type Connections, cutConnection, cutWhen } from './connection.ts'
import type { Counter, Outcome } from './counts.ts'
import type { EndpointFaults, Faults, PendingFault } from './faults.ts'

export interface FaultInjectionOptions {
  faults: Faults
  counter: Counter
  connections: Connections
  /** Ends every wait and every stalled answer. */
  closing: AbortSignal
}

/** Counts every request, and applies the faults that are set. */
export function injectFaults(options: FaultInjectionOptions): MiddlewareHandler<AppEnv> {
  const { faults, counter, connections, closing } = options

  async function serve(c: Context<AppEnv>, next: () => Promise<void>, { latency, fault }: EndpointFaults) {
    if (latency?.when === 'before') {
      const leaving = AbortSignal.any([c.req.raw.signal, closing])
      if (!(await waitFor(latency.ms, leaving))) return cut(c, 'dropped')
    }
    if (fault?.kind === 'reset-before') return cut(c, 'reset')
    const refusal = fault === undefined ? undefined : refuse(c, fault)
    if (refusal === undefined) await next()
    else c.res = refusal
    if (latency?.when === 'after') await waitFor(latency.ms, closing)
    if (fault?.kind === 'reset-after') return cut(c, 'reset')
    if (fault?.kind === 'stall') {
      c.res = await stall(c.res)
      const socket = incomingOf(c)?.socket
      if (socket !== undefined) cutWhen(closing, socket)
    }
    return c.res.status
  }

  return async (c, next) => {
    const socket = incomingOf(c)?.socket
    if (socket !== undefined) connections.remember(socket)
    const endpoint = endpointOf(c.req.path)
    if (endpoint === undefined || c.req.method === 'OPTIONS') {
      await next()
    } else {
      counter.requested(endpoint, c.req.header('Idempotency-Key'))
      counter.answered(endpoint, await serve(c, next, faults.take(endpoint)))
    }
    // On a kept-alive connection a browser would hide the reset: it repeats the request by itself.
    if (faults.hasPendingReset()) endConnection(c)
  }
}

function refuse(c: Context<AppEnv>, fault: PendingFault): Response | undefined {
  if (fault.kind === '503') {
    return c.json({ error: 'temporarily_unavailable', error_description: 'a fault set by the QA mode' }, 503)
  }
  if (fault.kind === '429') {
    const headers = { 'Retry-After': String(fault.retryAfterS) }
    return c.json({ error: 'too_many_requests', error_description: 'a fault set by the QA mode' }, 429, headers)
  }
  return fault.kind === 'html' ? c.html(CAPTIVE_PORTAL) : undefined
}

function cut(c: Context<AppEnv>, outcome: Outcome): Outcome {
  const incoming = incomingOf(c)
  if (incoming === undefined) throw new HttpError(500, 'no_connection', 'there is no connection to cut')
  cutConnection(incoming.socket)
  c.res = new Response(null, RESPONSE_ALREADY_SENT)
  return outcome
}

/** @returns false if the signal ended the wait */
async function waitFor(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await delay(ms, undefined, { signal })
    return true
  } catch {
    return false
  }
}

/** The page that a guest network returns for every request until its terms are accepted. */
const CAPTIVE_PORTAL = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Guest network</title></head>
<body><h1>Welcome to the guest network</h1><p>Accept the terms of use to go online.</p></body>
</html>
`

const EMPTY_BODY = '{"status":"done"}'

/** Sends all headers and the first half of the body. The rest never comes. */
async function stall(answer: Response): Promise<Response> {
  // An answer without a body cannot stall, so it gets a body.
  const text = (await answer.text()) || EMPTY_BODY
  const bytes = new TextEncoder().encode(text)
  const headers = new Headers(answer.headers)
  headers.set('Content-Length', String(bytes.length))
  const body = new ReadableStream({
    start: (stream) => stream.enqueue(bytes.subarray(0, Math.floor(bytes.length / 2))),
  })
  return new Response(body, { status: answer.status === 204 ? 200 : answer.status, headers })
}
