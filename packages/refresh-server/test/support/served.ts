import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import type { QaControl, RefreshServerOptions } from '../../src/index.ts'
import { createClient, createTestServer } from './test-server.ts'

type Served = ReturnType<typeof createClient> & { url: string; qa: QaControl; close: () => Promise<void> }

/** A server with the QA mode on, over HTTP. */
export const WAYS_TO_SERVE: readonly [string, (options?: RefreshServerOptions) => Promise<Served>][] = [
  [
    'listening by itself',
    async (options) => {
      const { server } = createTestServer({ qa: true, ...options })
      const { url } = await server.listen()
      return served(url, server)
    },
  ],
  [
    'mounted into another server',
    async (options) => {
      const { server } = createTestServer({ qa: true, ...options })
      const host = createServer((req, res) => {
        if (req.url === '/') res.end('the page')
        else server.listener(req, res)
      })
      await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve))
      onTestFinished(() => {
        host.closeAllConnections()
        host.close()
      })
      return served(`http://127.0.0.1:${portOf(host.address())}`, server)
    },
  ],
]

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

function served(url: string, server: { qa?: QaControl; close: () => Promise<void> }): Served {
  if (server.qa === undefined) throw new Error('the QA mode is off')
  return { ...createClient((path, init) => fetch(url + path, init)), url, qa: server.qa, close: server.close }
}
