import { namespaceOf } from './codec/namespace.ts'
import type { TokenManager } from './contract.ts'
import { TokenManagerError } from './errors.ts'
import { resolveOptions, type TokenManagerOptions } from './options.ts'
import { createPage } from './platform/page.ts'
import { createSsr } from './platform/ssr.ts'
import { memoryStore } from './stores/memory.ts'
import { wireTokenManager } from './token-manager.ts'

interface Registered {
  endpoint: string
  manager: TokenManager
}

// On the global object under a registered symbol: a second copy of the SDK, or a hot reload, finds the same managers.
const REGISTRY = Symbol.for('@token-manager/sdk/managers')

function registry(): Map<string, Registered> {
  const holder = globalThis as { [REGISTRY]?: Map<string, Registered> }
  holder[REGISTRY] ??= new Map()
  return holder[REGISTRY]
}

/**
 * Creates the manager of this page's session, which starts by itself in the next task. A second call with the same
 * name returns the same manager. Without a `window`, as on a server, nothing is touched and it stays signed out; in a
 * worker of the browser its calls reject with `invalid_option`.
 *
 * @example
 * export const tokens = createTokenManager({ transport: jsonTransport({ url: '/auth/refresh' }) })
 *
 * @throws TokenManagerError `invalid_option`, naming the option and what is wrong; also when there is a manager of this
 * name for another endpoint
 */
export function createTokenManager(options: TokenManagerOptions): TokenManager {
  const resolved = resolveOptions(options)
  const { name, transport, tabs } = resolved
  const store = resolved.store ?? memoryStore()
  if (typeof window === 'undefined') return wireTokenManager(resolved, createSsr(store), name)

  const endpoint = `${transport.kind} ${new URL(transport.url, document.baseURI).href}`
  const registered = registry().get(name)
  if (registered) {
    if (registered.endpoint === endpoint) return registered.manager
    throw new TokenManagerError('invalid_option', `name: there is a manager "${name}" for another endpoint already`)
  }
  const namespace = namespaceOf(name, endpoint)
  const sharesCookie =
    transport.refreshTokenIn === 'cookie' && [...registry().values()].some((other) => other.endpoint === endpoint)
  const wired = wireTokenManager(
    resolved,
    createPage({ namespace, isolated: tabs === 'off', store, fetch: resolved.fetch, sharesCookie }),
    namespace,
  )
  const manager: TokenManager = {
    ...wired,
    dispose() {
      if (registry().get(name)?.manager === manager) registry().delete(name)
      return wired.dispose()
    },
  }
  registry().set(name, { endpoint, manager })
  setTimeout(() => void manager.start().catch(() => {}), 0)
  return manager
}
