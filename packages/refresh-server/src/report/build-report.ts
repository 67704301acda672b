import type { AuditEntry } from '../audit/entry.ts'
import type { Report, ReportSettings, ReuseEvent } from './report.ts'
import { createViolations } from './violations.ts'

const TOP = 20

/** Refusals that say nothing about a session of this server. They do not count for the success rate. */
const UNRELATED = ['unknown', 'rate_limited', 'csrf_failed']

export interface ReportBuilder {
  add(entry: AuditEntry): void
  read(): Omit<Report, 'breachNotice'>
}

const iso = (at: number): string => new Date(at).toISOString()

/** Builds a report from the entries of a period. */
export function createReportBuilder({ name, period, sessionLifetimeMs }: ReportSettings): ReportBuilder {
  const [users, sessions] = [new Set<string>(), new Map<string, number>()]
  const [ended, results, days] = [createTally(), createTally(), createTally()]
  const [reasons, addresses, victims] = [createTally(), createTally(), createTally()]
  const usersOfAddress = new Map<string, Set<string>>()
  const violations = createViolations(sessionLifetimeMs)
  const reuseEvents: ReuseEvent[] = []
  let [operations, signIns, granted, refused, unrelated, failed] = [0, 0, 0, 0, 0, 0]

  function addRefresh({ outcome, detail }: AuditEntry, times: number): void {
    results.add(detail, times)
    if (outcome === 'ok') granted += times
    else refused += times
    if (UNRELATED.includes(detail)) unrelated += times
  }

  function addFailure({ operation, detail, address, username }: AuditEntry, times: number): void {
    failed += times
    reasons.add(`${operation} ${detail}`, times)
    if (username !== undefined) victims.add(username, times)
    if (address === undefined) return
    addresses.add(address, times)
    const known = usersOfAddress.get(address) ?? new Set()
    if (username !== undefined) known.add(username)
    usersOfAddress.set(address, known)
  }

  return {
    add(entry) {
      const { at, operation, outcome, detail, username, sessionId, sessionCreatedAt, times = 1 } = entry
      operations += times
      if (username !== undefined && outcome === 'ok') users.add(username)
      if (sessionId !== undefined && sessionCreatedAt !== undefined && outcome === 'ok') {
        sessions.set(sessionId, Math.max(sessions.get(sessionId) ?? 0, at - sessionCreatedAt))
      }
      if (operation === 'refresh') addRefresh(entry, times)
      if (operation === 'session-end' && outcome === 'ok') ended.add(detail)
      if (operation === 'sign-in' && outcome === 'ok') {
        signIns += 1
        days.add(`${iso(at).slice(0, 10)} ${username}`)
      }
      if (outcome === 'refused') addFailure(entry, times)
      if (operation === 'refresh' && detail === 'reused') reuseEvents.push(toReuseEvent(entry))
      violations.add(entry)
    },

    read() {
      const lengths = [...sessions.values()].sort((a, b) => a - b)
      const related = granted + refused - unrelated
      return {
        period: { name, from: iso(period.from), until: iso(period.until) },
        usage: { operations, users: users.size, sessions: sessions.size, signIns, sessionsEnded: ended.toObject() },
        refreshes: {
          ...{ granted, refused },
          successRate: related === 0 ? null : granted / related,
          byResult: results.toObject(),
        },
        signIns: days
          .entries()
          .map(([line, count]) => ({ day: line.slice(0, 10), username: line.slice(11), signIns: count }))
          .sort((a, b) => (a.day < b.day ? -1 : Number(a.day > b.day))),
        sessionLengths: {
          sessions: lengths.length,
          medianMs: quantile(lengths, 0.5),
          p95Ms: quantile(lengths, 0.95),
          longestMs: lengths.at(-1) ?? null,
        },
        reuseEvents,
        failedAttempts: {
          total: failed,
          byReason: reasons.entries().map(([line, attempts]) => {
            const [operation = '', reason = ''] = line.split(' ')
            return { operation, reason, attempts }
          }),
          byAddress: addresses
            .entries()
            .slice(0, TOP)
            .map(([address, attempts]) => ({ address, attempts, users: usersOfAddress.get(address)?.size ?? 0 })),
          byUser: victims
            .entries()
            .slice(0, TOP)
            .map(([username, attempts]) => ({ username, attempts })),
        },
        policyViolations: violations.read(),
      }
    },
  }
}

function toReuseEvent({ at, username = '', sessionId = '', address = '', presented = '' }: AuditEntry): ReuseEvent {
  return { at: iso(at), username, sessionId, address, token: presented }
}

/** Counts per name. */
interface Tally {
  add(name: string, times?: number): void
  /** Highest count first, then by name. */
  entries(): [string, number][]
  toObject(): Record<string, number>
}

function createTally(): Tally {
  const counts = new Map<string, number>()
  const entries = () => [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
  return {
    add: (name, times = 1) => void counts.set(name, (counts.get(name) ?? 0) + times),
    entries,
    toObject: () => Object.fromEntries(entries()),
  }
}

/** The nearest-rank quantile of sorted values; null without values. */
function quantile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null
}
