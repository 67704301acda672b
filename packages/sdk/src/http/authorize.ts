import type { Granted } from '../session/access.ts'
import type { Gate } from './gate.ts'
import { referrerOf } from './request.ts'

export interface Authorized {
  request: Request
  /** Nothing where the request is none of ours. */
  granted: Granted | undefined
}

/** The request as it may be sent: with the token, once there is one, where the request is to carry it. */
export async function authorize(gate: Gate, request: Request): Promise<Authorized> {
  if (gate.covers(request.url, request.headers, request.credentials) === undefined)
    return { request, granted: undefined }
  const identity = gate.identity()
  let granted = gate.admit(identity, request.signal)
  while (granted instanceof Promise) {
    await granted
    granted = gate.admit(identity, request.signal)
  }
  const headers = new Headers(request.headers)
  const credentials = gate.sign(headers, request.method, granted)
  gate.sent()
  const init = { ...referrerOf(request), headers }
  return { request: new Request(request, credentials ? { ...init, credentials } : init), granted }
}
