import type { IncomingMessage, ServerResponse } from 'node:http'
import { defaultClientConditions, type InlineConfig } from 'vite'

/** The app's files, on their way to the browser. */
export interface Pages {
  serve(request: IncomingMessage, response: ServerResponse): void
  close(): Promise<void>
}

/** What serving with live reload and building have in common. */
export const viteOptions = {
  configFile: false,
  root: import.meta.dirname,
  logLevel: 'warn',
  // The SDK's source instead of its build, so that the demo never shows a stale one.
  resolve: { conditions: ['@token-manager/source', ...defaultClientConditions] },
} satisfies InlineConfig
