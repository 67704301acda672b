import type { SessionSnapshot, SignOutReason } from '@token-manager/sdk'
import type { Tone } from '../events/entry.ts'

export interface StatusText {
  /** A word or two. */
  label: string
  tone: Tone
  /** What it means for the user. */
  message: string
}

const REASONS: Readonly<Record<SignOutReason, string>> = {
  'no-session': 'Sign in to see the ward.',
  user: 'You have signed out.',
  'refresh-rejected': 'The server has ended your session. Please sign in again.',
  'refresh-expired': 'Your session has run out. Please sign in again.',
  idle: 'You were signed out after a while without activity.',
  'session-limit': 'Your session has reached its longest duration. Please sign in again.',
}

/** The state of the session at this moment, in the words of those who work with it. */
export function describeStatus(snapshot: SessionSnapshot, now: number): StatusText {
  const { status, signedOutReason } = snapshot
  switch (status) {
    case 'starting':
      return { label: 'Starting', tone: 'neutral', message: 'Looking for your session.' }
    case 'signed-out':
      return { label: 'Signed out', tone: 'neutral', message: REASONS[signedOutReason ?? 'no-session'] }
    case 'active':
      return isOverdue(snapshot, now)
        ? { label: 'Renewing', tone: 'warning', message: `Your session is being renewed. ${WAITS}` }
        : { label: 'Signed in', tone: 'good', message: activeMessage(snapshot) }
    case 'degraded':
      return { label: 'Reconnecting', tone: 'warning', message: degradedMessage(snapshot, now) }
    case 'identity-changed':
      return {
        label: 'Other user',
        tone: 'bad',
        message: 'Another user has signed in from another tab, so this page has stopped.',
      }
  }
}

const WAITS = 'You stay signed in; new values and notes wait until it is.'

/** Calls wait, although nothing has failed yet. */
function isOverdue({ online, accessExpiresAt = Number.POSITIVE_INFINITY }: SessionSnapshot, now: number): boolean {
  return online && accessExpiresAt <= now
}

/** The name of who is signed in, or the subject where the token gives no name. */
function nameOf({ claims, subject }: SessionSnapshot): string | undefined {
  return typeof claims?.name === 'string' ? claims.name : subject
}

function activeMessage(snapshot: SessionSnapshot): string {
  if (!snapshot.online) return 'You are offline. You stay signed in.'
  const name = nameOf(snapshot)
  return name === undefined ? 'You are signed in.' : `You are signed in as ${name}.`
}

function degradedMessage({ online, subject, accessExpiresAt = 0 }: SessionSnapshot, now: number): string {
  if (subject === undefined) return 'The server cannot be reached, so we do not know yet whether you are signed in.'
  if (!online) return 'You are offline. You stay signed in, and go on when the connection is back.'
  return now < accessExpiresAt
    ? 'Your session could not be renewed just now. You stay signed in and can go on working.'
    : `Your session could not be renewed just now. ${WAITS}`
}
