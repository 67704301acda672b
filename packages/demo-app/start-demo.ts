import { createServer } from 'node:http'
import { createRefreshServer, type RefreshServer, type RefreshServerOptions } from '@token-manager/refresh-server'
import { createBuiltPages } from './built-pages.ts'
import { LOOPBACK, listenFrom } from './listen.ts'
import { createLivePages } from './live-pages.ts'

const DEFAULT_PORT = 5_173
const CLOSE_WAIT_MS = 1_000

export interface DemoOptions {
  /** 5173. If it is taken, the next one that is free; 0 for any free port. */
  port?: number
  /** Serve the app as built for production, under a strict Content-Security-Policy; false: with live reload. */
  preview?: boolean
  /** Its QA mode is always on, so it answers this machine only. */
  refreshServer?: Omit<RefreshServerOptions, 'qa'>
}

export interface Demo {
  /** Like `http://127.0.0.1:5173`. */
  url: string
  server: RefreshServer
  /** Ends open connections, also those that a fault has stalled. */
  close(): Promise<void>
}

/**
 * Starts the demo app and its refresh server in this process, on one origin of this machine. There is no proxy between
 * them, so a connection that the server cuts or stalls is cut or stalled for the browser.
 * @throws InvalidOptionError for a wrong option of the refresh server; otherwise what `net.Server.listen` fails with
 */
export async function startDemo({
  port = DEFAULT_PORT,
  preview = false,
  refreshServer,
}: DemoOptions = {}): Promise<Demo> {
  const server = createRefreshServer({ ...refreshServer, qa: true })
  const http = createServer()
  const pages = await (preview ? createBuiltPages() : createLivePages(http)).catch(async (error) => {
    await server.close()
    throw error
  })
  http.on('request', (request, response) => {
    if (/^\/(auth|api|qa)\//.test(request.url ?? '')) server.listener(request, response)
    else pages.serve(request, response)
  })

  async function close(): Promise<void> {
    const closed = new Promise((resolve) => http.close(resolve))
    await Promise.all([server.close(), pages.close()])
    const impatience = setTimeout(() => http.closeAllConnections(), CLOSE_WAIT_MS)
    await closed
    clearTimeout(impatience)
  }

  try {
    const taken = await listenFrom(http, port)
    let closing: Promise<void> | undefined
    return {
      url: `http://${LOOPBACK}:${taken}`,
      server,
      close() {
        closing ??= close()
        return closing
      },
    }
  } catch (error) {
    await Promise.all([server.close(), pages.close()])
    throw error
  }
}
