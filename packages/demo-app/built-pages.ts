import { extname } from 'node:path'
import { build } from 'vite'
import { type Pages, viteOptions } from './pages.ts'
import { BUILT_HEADERS } from './security-headers.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** The app as built for production, kept in memory. */
export async function createBuiltPages(): Promise<Pages> {
  const result = await build({
    ...viteOptions,
    build: { write: false, modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
  })
  const outputs = [result].flat().flatMap((part) => ('output' in part ? part.output : []))
  const files = new Map<string, string | Uint8Array>(
    outputs.map((file) => [`/${file.fileName}`, file.type === 'chunk' ? file.code : file.source]),
  )

  return {
    serve(request, response) {
      const [path = '/'] = (request.url ?? '/').split('?')
      const name = path === '/' ? '/index.html' : path
      const content = files.get(name)
      if (content === undefined) {
        response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' }).end('There is no such page.\n')
        return
      }
      response.writeHead(200, { ...BUILT_HEADERS, 'Content-Type': TYPES[extname(name)] ?? 'application/octet-stream' })
      response.end(request.method === 'HEAD' ? undefined : content)
    },
    async close() {},
  }
}
