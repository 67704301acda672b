import { existsSync } from 'node:fs'
import { sessionFields } from '../audit/entry.ts'
import { parseDuration } from '../duration.ts'
import { InvalidCommandError } from '../errors.ts'
import { resolveOptions } from '../options/resolve-options.ts'
import { makeReport } from '../report/make-report.ts'
import { toMarkdown } from '../report/markdown.ts'
import { isPeriodName, PERIOD_NAMES, type PeriodName, periodBefore } from '../report/report.ts'
import { isForeignUrl, isRedisUrl, openStore } from '../store/open-store.ts'
import type { Store } from '../store/store.ts'
import { readArguments } from './arguments.ts'
import { type Environment, readEnvironment } from './environment.ts'

interface StoreSelection {
  /** An existing file, or the address of a Redis. */
  store: string
  auditRetentionMs: number
}

export type OperatorCommand =
  | (StoreSelection & { kind: 'report'; period: PeriodName; json: boolean; until?: number; sessionLifetimeMs: number })
  | (StoreSelection & { kind: 'erase'; username: string })

const OPTIONS = {
  store: { type: 'string' },
  json: { type: 'boolean' },
  until: { type: 'string' },
  'session-lifetime': { type: 'string' },
} as const

export function isOperatorCommand(word: string | undefined): word is OperatorCommand['kind'] {
  return word === 'report' || word === 'erase'
}

/**
 * Parses the arguments after `report` or `erase`, and the environment.
 * @throws InvalidCommandError with a line that says what to write
 * @throws InvalidConfigurationError naming an invalid environment variable
 */
export function parseOperatorCommand(
  kind: OperatorCommand['kind'],
  args: readonly string[],
  environment: Environment,
): OperatorCommand {
  const { values, positionals } = readArguments(args, OPTIONS)
  const [word, ...more] = positionals
  if (word === undefined || more.length > 0) {
    throw new InvalidCommandError(
      kind === 'report' ? `write report ${PERIOD_NAMES.join('|')}` : 'write erase <username>',
    )
  }
  const period = kind === 'report' ? periodOf(word) : undefined
  const options = readEnvironment(environment)
  const { auditRetentionMs, policy } = resolveOptions({ ...options, store: undefined })
  const selection = { store: requireExisting(values.store ?? options.store), auditRetentionMs }
  if (period === undefined) {
    const other = Object.keys(values).find((name) => name !== 'store')
    if (other !== undefined) throw new InvalidCommandError(`erase does not take --${other}`)
    return { kind: 'erase', username: word, ...selection }
  }
  const { until, json = false, 'session-lifetime': lifetime } = values
  return {
    ...{ kind: 'report', period, json },
    ...(until !== undefined && { until: instant(until) }),
    sessionLifetimeMs: lifetime === undefined ? policy.sessionLifetimeMs : duration(lifetime),
    ...selection,
  }
}

function periodOf(word: string): PeriodName {
  if (isPeriodName(word)) return word
  throw new InvalidCommandError(`"${word}" is not a period; write ${PERIOD_NAMES.join(', ')}`)
}

/** Opening a missing file would create an empty one, and the report would say that nothing happened. */
function requireExisting(store: string | undefined): string {
  if (store === undefined) throw new InvalidCommandError('the store is missing; write --store <file>, or set REDIS_URL')
  if (isForeignUrl(store)) throw new InvalidCommandError('--store must be a file path, or the address of a Redis')
  if (!isRedisUrl(store) && !existsSync(store)) throw new InvalidCommandError(`--store: there is no file "${store}"`)
  return store
}

function instant(text: string): number {
  const [, day] = /^(\d{4}-\d\d-\d\d)(T[\d:.]+(Z|[+-]\d\d:\d\d))?$/.exec(text) ?? []
  const at = day !== undefined && isDay(day) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(at)) return at
  throw new InvalidCommandError(`--until: "${text}" is not a time; write for example 2026-03-01 or 2026-03-01T06:00Z`)
}

/** `Date` reads 31 February as a day in March. */
function isDay(day: string): boolean {
  const at = Date.parse(day)
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(day)
}

function duration(text: string): number {
  const ms = parseDuration(text)
  if (ms === undefined)
    throw new InvalidCommandError(`--session-lifetime: "${text}" is not a duration; write for example 12h`)
  return ms
}

/**
 * Runs a command on a store, whether a server uses it at the same time or not.
 * @returns the text to print
 */
export async function runOperatorCommand(command: OperatorCommand): Promise<string> {
  const { auditRetentionMs } = command
  const readOnly = command.kind === 'report'
  const store = openStore(command.store, { log: () => {}, auditRetentionMs, readOnly })
  try {
    await store.ready()
    // Includes the current millisecond.
    const now = Date.now() + 1
    if (command.kind === 'erase') return await eraseUser(store, { username: command.username, at: now })
    const { period: name, until = now, sessionLifetimeMs, json } = command
    const report = await makeReport(store.audit, { name, period: periodBefore(until, name), sessionLifetimeMs })
    return json ? `${JSON.stringify(report, null, 2)}\n` : toMarkdown(report)
  } finally {
    await store.close()
  }
}

/**
 * Removes the sessions of a user, and their name from notes and the audit trail, which keeps a pseudonym.
 * @returns a line that says what was done
 */
export async function eraseUser(store: Store, { username, at }: { username: string; at: number }): Promise<string> {
  const live = await store.liveFamiliesOf(username, at)
  await store.audit.append(
    live.map((family) => ({ at, operation: 'session-end', outcome: 'ok', detail: 'erased', ...sessionFields(family) })),
  )
  const author = (await store.audit.pseudonymOf(username)) ?? 'erased'
  // This comes before the trail: a session in use would record the name again.
  const { sessions, notes } = await store.eraseUser(username, author)
  const pseudonym = await store.audit.eraseUser(username)
  if (pseudonym === undefined && sessions === 0 && notes === 0) return 'Nothing is stored about that user.\n'
  await store.audit.append([{ at, operation: 'erase', outcome: 'ok', detail: pseudonym ?? 'erased' }])
  return `Erased: ${sessions} sessions, ${live.length} of them live, and the name on ${notes} notes. The audit trail shows ${pseudonym ?? 'nothing'} instead of the name.\n`
}
