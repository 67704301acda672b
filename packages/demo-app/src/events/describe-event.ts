import type { RefreshTrigger, SessionEvent, SignOutReason } from '@token-manager/sdk'
import { formatDuration } from '../format/duration.ts'
import type { Tone } from './entry.ts'

const TRIGGERS: Readonly<Record<RefreshTrigger, string>> = {
  timer: 'it was time',
  request: 'a request needs a token',
  unauthorized: 'a request was answered with 401',
  explicit: 'it was asked for',
  restore: 'to restore the session',
  wake: 'the page woke up',
}

const HARMLESS: ReadonlySet<SignOutReason> = new Set(['user', 'no-session'])

const SOURCES = { store: 'the store', cookie: 'the cookie', peer: 'another tab', ledger: 'the ledger' } as const

const requests = (count: number, one: string, many: string) =>
  count === 1 ? `A request ${one}` : `${count} requests ${many}`

/** An event in words. */
export function describeEvent(event: SessionEvent): { text: string; tone: Tone } {
  const say = (text: string, tone: Tone = 'neutral') => ({ text, tone })
  switch (event.type) {
    case 'started':
      return say(`Started: ${event.status}`)
    case 'signed-in':
      return say(event.subject === undefined ? 'Signed in' : `Signed in as ${event.subject}`, 'good')
    case 'restored':
      return say(`Session restored from ${SOURCES[event.from]}`, 'good')
    case 'refresh-started':
      return say(`Refresh started: ${TRIGGERS[event.trigger]}${event.attempt > 1 ? ` (attempt ${event.attempt})` : ''}`)
    case 'refreshed': {
      const [took, lasts] = [formatDuration(event.durationMs), formatDuration(event.accessLifetimeMs)]
      return say(`Refreshed in ${took}; the token lasts ${lasts}`, 'good')
    }
    case 'refresh-failed':
      if (event.final) return say(`Refresh refused: ${event.error}`, 'bad')
      return say(`Refresh failed: ${event.error}${nextTry(event.retryInMs)}`, 'warning')
    case 'refresh-throttled':
      return say(`Tokens expire as soon as they come; next try in ${formatDuration(event.retryInMs)}`, 'warning')
    case 'adopted':
      return say(`Newer tokens taken over from ${SOURCES[event.from]}`)
    case 'signed-out':
      return say(`Signed out: ${event.reason}`, HARMLESS.has(event.reason) ? 'neutral' : 'bad')
    case 'revocation-lost':
      return say('The server was not told that a session has ended', 'warning')
    case 'identity-changed':
      return say('Another tab signed in as somebody else', 'bad')
    case 'idle-warning':
      return say(`Signed out for idleness in ${formatDuration(event.idleEndsAt - event.at)} unless used`, 'warning')
    case 'idle-cleared':
      return say('In use again')
    case 'leader-changed':
      return say(event.isLeader ? 'This tab leads now' : 'Another tab leads now')
    case 'request-queued':
      return say(`${requests(event.count, 'waits', 'wait')} for a token (${event.queued} waiting)`)
    case 'request-released':
      return say(
        `${requests(event.count, 'went', 'went')} on after ${formatDuration(event.waitedMs)} (${event.queued} waiting)`,
      )
    case 'request-replayed':
      return say(`A request was sent again after ${event.status}`)
    case 'request-failed':
      return say(`${requests(event.count, 'failed', 'failed')}: ${event.code}`, 'bad')
    case 'capability-degraded':
      return say(`The browser refuses ${event.capability}: ${event.detail}`, 'warning')
    case 'policy-violation': {
      const [is, may] = [formatDuration(event.actualMs), formatDuration(event.allowedMs)]
      return say(`Policy ${event.rule} violated: ${is} instead of at most ${may}`, 'warning')
    }
    case 'alert':
      return say(`Alert: ${event.name}`, event.severity === 'high' ? 'bad' : 'warning')
  }
}

function nextTry(retryInMs: number | undefined): string {
  return retryInMs === undefined ? '' : `; next try in ${formatDuration(retryInMs)}`
}
