import type { SessionEvent } from '@token-manager/sdk'
import type { Entry } from './entry.ts'

export const GROUPS = {
  session: 'Session',
  refresh: 'Refreshes',
  request: 'Requests',
  tabs: 'Tabs',
  problem: 'Problems',
  qa: 'QA bar',
} as const

export type Group = keyof typeof GROUPS

const GROUP_OF: Readonly<Record<SessionEvent['type'], Group>> = {
  started: 'session',
  'signed-in': 'session',
  restored: 'session',
  'signed-out': 'session',
  'identity-changed': 'session',
  'idle-warning': 'session',
  'idle-cleared': 'session',
  'refresh-started': 'refresh',
  refreshed: 'refresh',
  'refresh-failed': 'refresh',
  'refresh-throttled': 'problem',
  adopted: 'tabs',
  'leader-changed': 'tabs',
  'request-queued': 'request',
  'request-released': 'request',
  'request-replayed': 'request',
  'request-failed': 'request',
  'capability-degraded': 'problem',
  'policy-violation': 'problem',
  'revocation-lost': 'problem',
  alert: 'problem',
}

export const SESSION_EVENT_TYPES: readonly string[] = Object.keys(GROUP_OF)

function groupOf({ source, type }: Entry): Group | undefined {
  return source === 'qa' ? 'qa' : Object.entries(GROUP_OF).find(([name]) => name === type)?.[1]
}

/** Whether a filter, which is empty, a group or a type, lets an entry through. */
export function passes(entry: Entry, filter: string): boolean {
  return filter === '' || filter === groupOf(entry) || (entry.source === 'session' && filter === entry.type)
}
