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

/** The session of this page, in either flavour. */
export function createSession({ flavour, fetch, replays }: SessionOptions): TokenManager {
  if (flavour === 'cookie') {
    // The cookie outlives a reload by itself.
    return createTokenManager({ transport: transportFor(flavour, replays), fetch })
  }
  // For the demo only: any script of the page can read web storage.
  return createTokenManager({ transport: transportFor(flavour, replays), store: webStore('session'), fetch })
}

function transportFor(flavour: TransportFlavour, replays: boolean): RefreshTransport {
  return flavour === 'cookie'
    ? cookieTransport({ url: '/auth/cookie/refresh', revokeUrl: '/auth/cookie/logout', replays })
    : jsonTransport({ url: '/auth/refresh', revokeUrl: '/auth/logout', replays })
}
