import { isObject } from '../json.ts'

export const ENDPOINTS = { refresh: 'Refresh', api: 'Ward API', login: 'Sign-in', logout: 'Sign-out' } as const
export type Endpoint = keyof typeof ENDPOINTS

export const FAULTS = {
  503: '503 Unavailable',
  429: '429 with Retry-After',
  'reset-after': 'Lost answer',
  stall: 'Stalled answer',
  html: 'HTML instead of JSON',
} as const
export type FaultKind = `${keyof typeof FAULTS}`

export interface PendingFault {
  endpoint: Endpoint
  kind: FaultKind
  /** For how many requests it is still there. */
  remaining: number
}

/** How the server behaves right now, as far as the QA bar shows it. */
export interface ServerState {
  accessLifetimeMs: number
  replays: boolean
  pending: readonly PendingFault[]
}

/** Reads the answer of the `/qa` endpoints; undefined if it is none. */
export function parseServerState(json: unknown): ServerState | undefined {
  const state = membersOf(json)
  const faults = membersOf(state.faults)
  if (typeof state.accessLifetimeMs !== 'number') return undefined
  return {
    accessLifetimeMs: state.accessLifetimeMs,
    replays: state.reuse === 'replay',
    pending: Object.entries(faults).flatMap(([endpoint, set]) => {
      const { kind, remaining } = membersOf(membersOf(set).fault)
      const known = isEndpoint(endpoint) && isFaultKind(kind) && typeof remaining === 'number'
      return known ? [{ endpoint, kind, remaining }] : []
    }),
  }
}

export function isEndpoint(value: string): value is Endpoint {
  return Object.hasOwn(ENDPOINTS, value)
}

export function isFaultKind(value: unknown): value is FaultKind {
  return typeof value === 'string' && Object.hasOwn(FAULTS, value)
}

function membersOf(json: unknown): Readonly<Record<string, unknown>> {
  return isObject(json) ? json : {}
}
