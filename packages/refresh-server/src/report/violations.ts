import type { AuditEntry } from '../audit/entry.ts'
import type { PolicyViolation } from './report.ts'

interface Found {
  kind: PolicyViolation['kind']
  username: string | undefined
  times: number
  sessions: Set<string>
  firstAt: number
  lastAt: number
}

/** Collects violations of the policy, by kind and user. */
export function createViolations(sessionLifetimeMs: number) {
  const found = new Map<string, Found>()

  return {
    add(entry: AuditEntry): void {
      const kind = violationOf(entry, sessionLifetimeMs)
      if (kind === undefined) return
      const { at, username, sessionId, times = 1 } = entry
      const key = JSON.stringify([kind, username])
      const before = found.get(key) ?? { kind, username, times: 0, sessions: new Set(), firstAt: at, lastAt: at }
      before.times += times
      before.firstAt = Math.min(before.firstAt, at)
      before.lastAt = Math.max(before.lastAt, at)
      if (sessionId !== undefined) before.sessions.add(sessionId)
      found.set(key, before)
    },

    read(): PolicyViolation[] {
      return [...found.values()].map(({ kind, username, times, sessions, firstAt, lastAt }) => ({
        kind,
        username: username ?? null,
        times,
        sessions: [...sessions],
        firstAt: new Date(firstAt).toISOString(),
        lastAt: new Date(lastAt).toISOString(),
      }))
    },
  }
}

function violationOf(entry: AuditEntry, sessionLifetimeMs: number): PolicyViolation['kind'] | undefined {
  const { at, operation, outcome, detail, sessionCreatedAt = at } = entry
  if (detail === 'reused') return 'reused-token'
  if (detail === 'rate_limited') return 'too-many-requests'
  if (detail === 'forbidden') return 'missing-role'
  if (operation === 'session-end' && detail === 'session-limit') return 'too-many-sessions'
  if (operation === 'refresh' && outcome === 'ok' && at - sessionCreatedAt > sessionLifetimeMs)
    return 'session-too-long'
  return undefined
}
