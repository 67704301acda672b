import {
  cookieTransport,
  createTokenManager,
  jsonTransport,
  type RefreshTransport,
  type TokenManager,
  webStore,
} from '@token-manager/sdk'
import type { TransportFlavour } from './transport-flavour.ts'

export interface SessionOptions {
  flavour: TransportFlavour
  fetch: typeof fetch
  /** The server answers a repeated Idempotency-Key with the same tokens. */
  replays: boolean
}

// Short, so that a stalled answer is seen to be got over; safe where the attempt can be repeated with its key.
const REPLAYED_TIMEOUT_MS = 15_000

/** The session of this page, in either flavour. */
export function createSession({ flavour, fetch, replays }: SessionOptions): TokenManager {
  const transport = transportFor(flavour, replays)
  const options = { transport, fetch, ...(replays && { refreshTimeoutMs: REPLAYED_TIMEOUT_MS }) }
  // The cookie outlives a reload by itself.
  if (flavour === 'cookie') return createTokenManager(options)
  // For the demo only: any script of the page can read web storage.
  return createTokenManager({ ...options, store: webStore('session') })
}

function transportFor(flavour: TransportFlavour, replays: boolean): RefreshTransport {
  return flavour === 'cookie'
    ? cookieTransport({
        url: '/auth/cookie/refresh',
        revokeUrl: '/auth/cookie/logout',
        marker: 'refresh_marker',
        idempotentRefresh: replays,
        namedRevocation: true,
      })
    : jsonTransport({ url: '/auth/refresh', revokeUrl: '/auth/logout', idempotentRefresh: replays })
}
