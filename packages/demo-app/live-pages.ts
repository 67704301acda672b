import type { Server } from 'node:http'
import { createServer } from 'vite'
import { type Pages, viteOptions } from './pages.ts'
import { LIVE_HEADERS } from './security-headers.ts'

/** The app from its source, reloaded when that changes. */
export async function createLivePages(http: Server): Promise<Pages> {
  const vite = await createServer({
    ...viteOptions,
    appType: 'mpa',
    server: { middlewareMode: { server: http }, hmr: { server: http }, cors: false, headers: LIVE_HEADERS },
  })
  return { serve: vite.middlewares, close: () => vite.close() }
}
