import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener, RequestError } from '@hono/node-server'
import { refusalBody } from './answers.ts'
import type { RefreshApp } from './context.ts'

/** The app as a listener for a Node server. What never becomes a request is refused in the words of its endpoint, too. */
export function createListener(app: RefreshApp): (req: IncomingMessage, res: ServerResponse) => void {
  return (req, res) => {
    const errorHandler = (error: unknown) => answerBrokenRequest(req.url ?? '', error)
    void getRequestListener(app.fetch, { overrideGlobalObjects: false, errorHandler })(req, res)
  }
}

function answerBrokenRequest(path: string, error: unknown): Response {
  const broken = error instanceof RequestError
  const refusal = broken
    ? { error: 'invalid_request', error_description: error.message }
    : { error: 'server_error', error_description: 'something went wrong in the refresh server' }
  const headers = { 'Cache-Control': 'no-store' }
  return Response.json(refusalBody(path, refusal), { status: broken ? 400 : 500, headers })
}
