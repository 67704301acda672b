import type { AuditEntry } from '../audit/entry.ts'
import type { BreachNotice, ExposedSession, ReuseEvent } from './report.ts'

/**
 * Tells which sessions somebody else may have had, from the reuse events of a period.
 * @param entries what the trail has of those sessions, from their sign-in on
 */
export function toBreachNotice(events: readonly ReuseEvent[], entries: readonly AuditEntry[]): BreachNotice {
  const ids = [...new Set(events.map(({ sessionId }) => sessionId))]
  const sessions = ids.flatMap((id) => {
    const exposed = toExposedSession(
      events.filter(({ sessionId }) => sessionId === id),
      entries.filter(({ sessionId }) => sessionId === id),
    )
    return exposed === undefined ? [] : [exposed]
  })
  return {
    users: [...new Set(sessions.map(({ username }) => username))].sort(),
    from: sessions.map(({ exposedFrom }) => exposedFrom).sort()[0] ?? null,
    until:
      sessions
        .map(({ exposedUntil }) => exposedUntil)
        .sort()
        .at(-1) ?? null,
    sessions,
  }
}

function toExposedSession(events: readonly ReuseEvent[], entries: readonly AuditEntry[]): ExposedSession | undefined {
  const [first] = events
  if (first === undefined) return undefined
  const instant = (at: number | undefined) => (at === undefined ? first.at : new Date(at).toISOString())
  const granted = entries.filter(({ operation, outcome }) => operation === 'refresh' && outcome === 'ok')
  const spent = granted.find(({ presented }) => presented === first.token)
  const end = entries.find(({ operation, outcome }) => operation === 'session-end' && outcome === 'ok')
  const addresses = entries.flatMap(({ address }) => (address === undefined ? [] : [address]))
  return {
    sessionId: first.sessionId,
    username: first.username,
    signedInAt: instant(entries[0]?.sessionCreatedAt),
    exposedFrom: instant(spent?.at),
    detectedAt: first.at,
    exposedUntil: instant(end?.at),
    addresses: [...new Set(addresses)].sort(),
    refreshesGranted: granted.length,
  }
}
