import type { RefreshTransport } from '../../src/ports.ts'

/** A transport to nowhere. */
export const transport: RefreshTransport = {
  kind: 'test',
  url: 'https://example.com/refresh',
  refreshTokenIn: 'body',
  accessTokenIn: 'header',
  idempotentRefresh: false,
  refresh: async () => ({ kind: 'unavailable', error: 'network' }),
  parse: () => ({ accessLifetimeMs: 1_000 }),
}
