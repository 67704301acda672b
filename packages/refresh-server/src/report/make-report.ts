import type { AuditEntry } from '../audit/entry.ts'
import type { AuditTrail } from '../audit/trail.ts'
import { createReportBuilder } from './build-report.ts'
import type { BreachNotice, ExposedSession, Report, ReportSettings, ReuseEvent } from './report.ts'

/** Reports on a period. For sessions with a reused token it reads the trail from the sign-in of the session on. */
export async function makeReport(trail: Pick<AuditTrail, 'read'>, settings: ReportSettings): Promise<Report> {
  const builder = createReportBuilder(settings)
  let startedAt = settings.period.from
  for await (const entry of trail.read(settings.period)) {
    builder.add(entry)
    if (entry.detail === 'reused') startedAt = Math.min(startedAt, entry.sessionCreatedAt ?? startedAt)
  }
  const report = builder.read()
  const exposed = new Set(report.reuseEvents.map(({ sessionId }) => sessionId))
  const entries: AuditEntry[] = []
  if (exposed.size > 0) {
    for await (const entry of trail.read({ from: startedAt, until: settings.period.until })) {
      if (entry.sessionId !== undefined && exposed.has(entry.sessionId)) entries.push(entry)
    }
  }
  return { ...report, breachNotice: toBreachNotice(report.reuseEvents, entries) }
}

/**
 * Lists the sessions that somebody else may have used, from the reuse events of a period.
 * @param entries all entries of those sessions, from their sign-in on
 */
function toBreachNotice(events: readonly ReuseEvent[], entries: readonly AuditEntry[]): BreachNotice {
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
