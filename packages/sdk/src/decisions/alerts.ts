import type { AlertName, SessionEvent, SessionEventDetail } from '../types.ts'

export type Alert = Extract<SessionEventDetail, { type: 'alert' }>

/** What the alerts are judged by. Bounded, whatever happens. */
export interface Watch {
  /** Of the last 100 attempts, whether each failed. */
  readonly failed: readonly boolean[]
  /** Why the last attempt failed; empty once one succeeded. */
  readonly error: string
  /** When the session was renewed, here or elsewhere: the last 10 times. */
  readonly renewedAt: readonly number[]
  readonly accessLifetimeMs: number
  /** The generation that an attempt of this tab is under way for, and the last that it made itself. */
  readonly open?: string | undefined
  readonly made?: string | undefined
  readonly concurrent: boolean
  readonly sessionMs: number
  /** The alerts that hold, and so have been raised. */
  readonly holding: readonly AlertName[]
}

export const NOTHING_SEEN: Watch = {
  failed: [],
  error: '',
  renewedAt: [],
  accessLifetimeMs: 0,
  concurrent: false,
  sessionMs: 0,
  holding: [],
}

const ATTEMPTS = 100
const RENEWALS = 10
const MAX_SESSION_MS = 12.5 * 3_600_000

/** Each holds or does not; it is raised when it begins to hold. */
const ALERTS: readonly [AlertName, Alert['severity'], holds: (watch: Watch) => boolean][] = [
  ['refresh-failure-rate', 'high', ({ failed }) => failed.filter(Boolean).length > ATTEMPTS / 100],
  ['refresh-token-reused', 'high', ({ error }) => /reuse/.test(error)],
  ['concurrent-refresh', 'high', ({ concurrent }) => concurrent],
  ['session-too-long', 'medium', ({ sessionMs }) => sessionMs > MAX_SESSION_MS],
  ['unusual-refresh-rate', 'medium', isUnusualRate],
  ['token-validation', 'medium', ({ error }) => /^(invalid_response|not_json)$/.test(error)],
]

/** Expected is one refresh in a lifetime; a policy may ask for two. */
function isUnusualRate({ renewedAt: [first = 0, ...later], accessLifetimeMs }: Watch): boolean {
  return later.length === RENEWALS - 1 && ((later.at(-1) ?? 0) - first) * 3 < accessLifetimeMs * later.length
}

function see(watch: Watch, event: SessionEvent): Watch {
  const generation = event.generation === undefined ? undefined : `${event.sid}:${event.generation}`
  const attempted = (failed: boolean) => [...watch.failed, failed].slice(-ATTEMPTS)
  const renewed = () => [...watch.renewedAt, event.at].slice(-RENEWALS)
  switch (event.type) {
    case 'refresh-started':
      return { ...watch, open: generation, concurrent: generation !== undefined && generation === watch.open }
    case 'restored':
      return event.from === 'cookie' ? { ...watch, failed: attempted(false), error: '', open: undefined } : watch
    case 'refreshed':
      return {
        ...watch,
        failed: attempted(false),
        error: '',
        renewedAt: renewed(),
        accessLifetimeMs: event.accessLifetimeMs,
        open: undefined,
        made: generation,
      }
    case 'refresh-failed':
      return { ...watch, failed: attempted(true), error: event.error, open: undefined }
    case 'adopted': {
      // Another successor of the token that this tab spent.
      const concurrent = generation !== undefined && generation === watch.made
      return { ...watch, error: '', renewedAt: renewed(), open: undefined, concurrent }
    }
    case 'signed-in':
    case 'signed-out':
      return { ...watch, error: '', renewedAt: [], open: undefined, made: undefined }
    default:
      return watch
  }
}

/** What is known after `event`, and the alerts that it raises. */
export function watchFor(before: Watch, event: SessionEvent, sessionMs: number): [Watch, Alert[]] {
  const watch = { ...see(before, event), sessionMs }
  const active = ALERTS.filter(([, , holds]) => holds(watch))
  const holding = active.map(([name]) => name)
  const raised = active.filter(([name]) => !before.holding.includes(name))
  return [{ ...watch, holding }, raised.map(([name, severity]) => ({ type: 'alert', name, severity }))]
}
