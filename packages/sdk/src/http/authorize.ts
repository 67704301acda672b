import type { Granted } from '../session/access.ts'
import { referrerOf } from './request.ts'
import type { RequestAuth } from './request-auth.ts'

export interface Authorized {
  request: Request
  /** Nothing where the request is none of ours. */
  granted: Granted | undefined
}

/** The request as it may be sent: with the token, once there is one, where the request is to carry it. */
export async function authorize(requestAuth: RequestAuth, request: Request): Promise<Authorized> {
  if (requestAuth.shouldAuthenticate(request.url, request.headers, request.credentials) === undefined)
    return { request, granted: undefined }
  return requestAuth.whenAdmitted(requestAuth.identity(), request.signal, (granted) => {
    const headers = new Headers(request.headers)
    const credentials = requestAuth.applyAuth(headers, request.method, granted)
    requestAuth.sent()
    const init = { ...referrerOf(request), headers }
    return { request: new Request(request, credentials ? { ...init, credentials } : init), granted }
  })
}
