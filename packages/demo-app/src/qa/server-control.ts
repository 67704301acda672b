import { observable } from '../observable.ts'
import { type Endpoint, type FaultKind, parseServerState, type ServerState } from './server-state.ts'

const LOOK_AGAIN_MS = 1_000
const PATIENCE_MS = 5_000

export interface Fault {
  endpoint: Endpoint
  kind: FaultKind
  /** For how many requests. */
  times: number
  /** With 429. */
  retryAfterS: number
}

export interface ServerControl {
  /** Undefined where the server has no QA mode. */
  get(): ServerState | undefined
  subscribe(listener: () => void): () => void
  load(): Promise<void>
  /** Each takes effect at once, and rejects with a message for testers if the server refuses. */
  setFault(fault: Fault): Promise<void>
  endFaults(): Promise<void>
  setAccessLifetime(accessLifetimeMs: number): Promise<void>
}

/** Sets the server's faults and lifetimes. Calls go over the real network, whatever is simulated in this tab. */
export function createServerControl(network: typeof fetch): ServerControl {
  const state = observable<ServerState | undefined>(undefined)
  let timer: ReturnType<typeof setTimeout> | undefined

  async function call(path: string, body?: object): Promise<void> {
    const post = body && {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    }
    const response = await network(`/qa/${path}`, { ...post, signal: AbortSignal.timeout(PATIENCE_MS) })
    if (!response.ok) throw new Error(`The server refused: HTTP ${response.status}`)
    state.set(parseServerState(await response.json()))
    watch()
  }

  /** Requests use faults up: looks again for as long as there are some. */
  function watch(): void {
    clearTimeout(timer)
    if (state.get()?.pending.length) timer = setTimeout(() => call('state').catch(watch), LOOK_AGAIN_MS)
  }

  return {
    get: state.get,
    subscribe: state.subscribe,
    load: () => call('state'),
    setFault({ endpoint, kind, times, retryAfterS }) {
      return call('faults', { endpoint, kind, times, ...(kind === '429' && { retryAfterS }) })
    },
    async endFaults() {
      const endpoints = new Set(state.get()?.pending.map((fault) => fault.endpoint))
      for (const endpoint of endpoints) await call('faults', { endpoint, kind: 'none' })
    },
    setAccessLifetime: (accessLifetimeMs) => call('lifetimes', { accessLifetimeMs }),
  }
}
