import { existsSync } from 'node:fs'
import { ofSession } from '../audit/entry.ts'
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

interface OnStore {
  /** An existing file, or the address of a Redis. */
  store: string
  auditRetentionMs: number
}

export type OperatorCommand =
  | (OnStore & { kind: 'report'; period: PeriodName; json: boolean; until?: number; sessionLifetimeMs: number })
  | (OnStore & { kind: 'erase'; username: string })

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
 * Reads what comes after `report` or `erase`, and the environment.
 * @throws InvalidCommandError with a line that says what to write; InvalidConfigurationError about the environment
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
  const on = { store: existing(values.store ?? options.store), auditRetentionMs }
  if (period === undefined) {
    const other = Object.keys(values).find((name) => name !== 'store')
    if (other !== undefined) throw new InvalidCommandError(`--${other} is not for erase`)
    return { kind: 'erase', username: word, ...on }
  }
  const { until, json = false, 'session-lifetime': lifetime } = values
  return {
    ...{ kind: 'report', period, json },
    ...(until !== undefined && { until: instant(until) }),
    sessionLifetimeMs: lifetime === undefined ? policy.sessionLifetimeMs : duration(lifetime),
    ...on,
  }
}

function periodOf(word: string): PeriodName {
  if (isPeriodName(word)) return word
  throw new InvalidCommandError(`"${word}" is no period; write ${PERIOD_NAMES.join(', ')}`)
}

/** Opening a file that is not there would make an empty one, and report that nothing happened. */
function existing(store: string | undefined): string {
  if (store === undefined) throw new InvalidCommandError('which store? write --store <file>, or set REDIS_URL')
  if (isForeignUrl(store)) throw new InvalidCommandError('--store must be a file path, or the address of a Redis')
  if (!isRedisUrl(store) && !existsSync(store)) throw new InvalidCommandError(`--store: there is no file "${store}"`)
  return store
}

function instant(text: string): number {
  const [, day] = /^(\d{4}-\d\d-\d\d)(T[\d:.]+(Z|[+-]\d\d:\d\d))?$/.exec(text) ?? []
  const at = day !== undefined && isDay(day) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(at)) return at
  throw new InvalidCommandError(`--until: "${text}" is no instant; write for example 2026-03-01 or 2026-03-01T06:00Z`)
}

/** `Date` takes the 31st of February for a day in March. */
function isDay(day: string): boolean {
  const at = Date.parse(day)
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(day)
}

function duration(text: string): number {
  const ms = parseDuration(text)
  if (ms === undefined)
    throw new InvalidCommandError(`--session-lifetime: "${text}" is no duration; write for example 12h`)
  return ms
}

/** Does what an operator asked for on a store, whether a server runs on it or not. Returns what to print. */
export async function runOperatorCommand(command: OperatorCommand): Promise<string> {
  const { auditRetentionMs } = command
  const readOnly = command.kind === 'report'
  const store = openStore(command.store, { log: () => {}, auditRetentionMs, readOnly })
  try {
    await store.ready()
    // What happens in this instant is part of it.
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
 * Ends and removes the sessions of a user, and what else the store says of them; the audit trail keeps a pseudonym.
 * @returns a line about what was done
 */
export async function eraseUser(store: Store, { username, at }: { username: string; at: number }): Promise<string> {
  const live = await store.liveFamiliesOf(username, at)
  await store.audit.append(
    live.map((family) => ({ at, operation: 'session-end', outcome: 'ok', detail: 'erased', ...ofSession(family) })),
  )
  const author = (await store.audit.pseudonymOf(username)) ?? 'erased'
  // Before the trail: a session that goes on meanwhile would bring the name back into it.
  const { sessions, notes } = await store.eraseUser(username, author)
  const pseudonym = await store.audit.eraseUser(username)
  if (pseudonym === undefined && sessions === 0 && notes === 0) return 'There was nothing about that user.\n'
  await store.audit.append([{ at, operation: 'erase', outcome: 'ok', detail: pseudonym ?? 'erased' }])
  return `Erased: ${sessions} sessions, of which ${live.length} were live, and the name on ${notes} notes. The audit trail says ${pseudonym ?? 'nothing'} instead.\n`
}
