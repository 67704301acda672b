import type { TokenManager } from '@token-manager/sdk'
import { createKy } from '@token-manager/sdk/ky'
import type { KyInstance } from 'ky'
import { createFeed, type Feed } from './events/feed.ts'
import { createNetwork, type Network } from './network/network.ts'
import { createPageConnection } from './network/page-connection.ts'
import { createServerControl, type ServerControl } from './qa/server-control.ts'
import { createSession } from './session/create-session.ts'
import { flavourOf, type TransportFlavour } from './session/transport-flavour.ts'
import { createTheme, type Theme } from './theme.ts'
import { createNotes, type Notes } from './ward/notes.ts'
import { createWard, type Ward } from './ward/ward.ts'

const MAX_ENTRIES = 300

/** What the views show and act upon. */
export interface Model {
  flavour: TransportFlavour
  tokens: TokenManager
  api: KyInstance
  network: Network
  server: ServerControl
  feed: Feed
  ward: Ward
  notes: Notes
  theme: Theme
}

export async function createModel(): Promise<Model> {
  const real = fetch.bind(globalThis)
  const server = createServerControl(real)
  const feed = createFeed({ limit: MAX_ENTRIES, now: Date.now })
  const network = createNetwork({ real, page: createPageConnection() })
  const flavour = flavourOf(location.href)
  // The transport is told for good whether the server replays, so the server is asked first.
  await server.load().catch(() => feed.addQa({ type: 'server', text: 'The server has no QA mode', tone: 'warning' }))

  const tokens = createSession({ flavour, fetch: network.fetch, replays: server.get()?.replays ?? true })
  const api = createKy(tokens, { prefix: '/api', fetch: network.fetch })
  const ward = createWard(api, Date.now)
  for (const event of tokens.getEvents()) feed.addEvent(event)
  tokens.onEvent(feed.addEvent)
  return { flavour, tokens, api, network, server, feed, ward, notes: createNotes(api), theme: createTheme() }
}
