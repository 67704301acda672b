import type { AuditEntry } from '../audit/entry.ts'
import type { AuditTrail } from '../audit/trail.ts'
import { toBreachNotice } from './breach-notice.ts'
import { createReportBuilder } from './build-report.ts'
import type { Report, ReportSettings } from './report.ts'

/** Reads the trail of a period, and of the sessions in it that somebody else may have had from their beginning. */
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
