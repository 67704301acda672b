import { type Report, VIOLATIONS } from './report.ts'

const MINUTE_MS = 60_000
const NOTHING = 'None.\n'

type Cell = string | number | null

/** Formats a report for people. */
export function toMarkdown(report: Report): string {
  const { period, usage, refreshes, sessionLengths, failedAttempts, breachNotice } = report
  const ended = Object.entries(usage.sessionsEnded).map(([cause, count]) => `${count} ${cause}`)
  const { successRate } = refreshes
  return `# Sessions, ${period.name}: ${period.from} to ${period.until}

## Usage

${table(
  ['operations', 'users', 'sessions', 'sign-ins', 'sessions ended'],
  [[usage.operations, usage.users, usage.sessions, usage.signIns, ended.join(', ') || 'none']],
)}
## Refreshes

Success rate: ${successRate === null ? 'no refreshes' : `${(successRate * 100).toFixed(2)} %`} (${refreshes.granted} granted, ${refreshes.refused} refused).

${table(['result', 'refreshes'], Object.entries(refreshes.byResult))}
## Sign-ins per user and day

${table(
  ['day (UTC)', 'user', 'sign-ins'],
  report.signIns.map(({ day, username, signIns }) => [day, username, signIns]),
)}
## Session lengths

${table(
  ['sessions', 'median', '95 %', 'longest'],
  sessionLengths.sessions === 0
    ? []
    : [
        [
          sessionLengths.sessions,
          duration(sessionLengths.medianMs),
          duration(sessionLengths.p95Ms),
          duration(sessionLengths.longestMs),
        ],
      ],
)}
## Reuse of refresh tokens

${table(
  ['when', 'user', 'session', 'address', 'token'],
  report.reuseEvents.map(({ at, username, sessionId, address, token }) => [at, username, sessionId, address, token]),
)}
## Failed attempts: ${failedAttempts.total}

${table(
  ['operation', 'reason', 'attempts'],
  failedAttempts.byReason.map(({ operation, reason, attempts }) => [operation, reason, attempts]),
)}
### By address

${table(
  ['address', 'attempts', 'users'],
  failedAttempts.byAddress.map(({ address, attempts, users }) => [address, attempts, users]),
)}
### By user

${table(
  ['user', 'attempts'],
  failedAttempts.byUser.map(({ username, attempts }) => [username, attempts]),
)}
## Policy violations

${table(
  ['what', 'user', 'times', 'sessions', 'first', 'last'],
  report.policyViolations.map(({ kind, username, times, sessions, firstAt, lastAt }) => [
    ...[VIOLATIONS[kind], username ?? 'nobody', times, sessions.length, firstAt, lastAt],
  ]),
)}
## For a breach notice

${
  breachNotice.sessions.length === 0
    ? 'There is no sign that somebody else used a session in this period.\n'
    : `Somebody else may have used ${breachNotice.sessions.length} sessions of ${breachNotice.users.length} users (${breachNotice.users.map(text).join(', ')}), from ${breachNotice.from} to ${breachNotice.until}.

${table(
  ['session', 'user', 'signed in', 'exposed from', 'detected', 'exposed until', 'addresses', 'refreshes'],
  breachNotice.sessions.map((session) => [
    ...[session.sessionId, session.username, session.signedInAt, session.exposedFrom, session.detectedAt],
    ...[session.exposedUntil, session.addresses.join(', '), session.refreshesGranted],
  ]),
)}`
}`
}

function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  if (rows.length === 0) return NOTHING
  const line = (cells: readonly Cell[]) => `| ${cells.map((cell) => text(`${cell ?? ''}`)).join(' | ')} |\n`
  return `${line(head)}|${' --- |'.repeat(head.length)}\n${rows.map(line).join('')}`
}

/** Escapes Markdown: a username may contain any characters. */
function text(value: string): string {
  return value.replace(/\s+/g, ' ').replace(/[\\`*_[\]<>|&]/g, (mark) => `\\${mark}`)
}

function duration(ms: number | null): string {
  if (ms === null) return ''
  const minutes = Math.round(ms / MINUTE_MS)
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
