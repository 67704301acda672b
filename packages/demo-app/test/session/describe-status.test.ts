import type { SessionSnapshot } from '@token-manager/sdk'
import { expect, test } from 'vitest'
import { describeStatus } from '../../src/session/describe-status.ts'

const NOW = 1_000
const base: SessionSnapshot = { status: 'active', refreshing: false, online: true, generation: 1, idleWarning: false }

test.for<[Partial<SessionSnapshot>, label: string, message: string]>([
  [{ status: 'starting' }, 'Starting', 'Looking for your session.'],
  [{ claims: { name: 'Dr Amara' }, subject: 'amara' }, 'Signed in', 'You are signed in as Dr Amara.'],
  [{ subject: 'amara' }, 'Signed in', 'You are signed in as amara.'],
  [{}, 'Signed in', 'You are signed in.'],
  [{ subject: 'amara', accessExpiresAt: NOW + 1 }, 'Signed in', 'You are signed in as amara.'],
  [
    { subject: 'amara', accessExpiresAt: NOW },
    'Renewing',
    'Your session is being renewed. You stay signed in; new values and notes wait until it is.',
  ],
  [{ online: false, accessExpiresAt: NOW }, 'Signed in', 'You are offline. You stay signed in.'],
  [{ online: false }, 'Signed in', 'You are offline. You stay signed in.'],
  [
    { status: 'signed-out', signedOutReason: 'idle' },
    'Signed out',
    'You were signed out after a while without activity.',
  ],
  [{ status: 'signed-out' }, 'Signed out', 'Sign in to see the ward.'],
])('%o', ([changes, label, message]) => {
  expect(describeStatus({ ...base, ...changes }, NOW)).toMatchObject({ label, message })
})

test('trouble says that one stays signed in, unless that is not known', () => {
  const message = (changes: Partial<SessionSnapshot>) =>
    describeStatus({ ...base, status: 'degraded', subject: 'amara', ...changes }, NOW).message
  expect(message({ accessExpiresAt: NOW + 1 })).toContain('You stay signed in and can go on working')
  expect(message({ accessExpiresAt: NOW })).toMatch(/You stay signed in.*wait/)
  expect(message({ online: false })).toContain('You are offline. You stay signed in')
  const { subject: _, ...unknown } = { ...base, subject: 'amara' }
  expect(describeStatus({ ...unknown, status: 'degraded' }, NOW).message).toContain('do not know yet')
})
