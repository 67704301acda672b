import type { SessionEventDetail } from '@token-manager/sdk'
import { expect, test } from 'vitest'
import { describeEvent } from '../../src/events/describe-event.ts'

const AT = Date.UTC(2026, 0, 5, 7)

const cases: readonly [SessionEventDetail, text: string, tone: string][] = [
  [{ type: 'started', status: 'active' }, 'Started: active', 'neutral'],
  [{ type: 'signed-in', subject: 'amara' }, 'Signed in as amara', 'good'],
  [{ type: 'signed-in' }, 'Signed in', 'good'],
  [{ type: 'restored', from: 'cookie', durationMs: 80 }, 'Session restored from the cookie', 'good'],
  [{ type: 'refresh-started', trigger: 'timer', attempt: 1 }, 'Refresh started: it was time', 'neutral'],
  [
    { type: 'refresh-started', trigger: 'wake', attempt: 3 },
    'Refresh started: the page woke up (attempt 3)',
    'neutral',
  ],
  [
    { type: 'refreshed', durationMs: 12.4, accessLifetimeMs: 15_000 },
    'Refreshed in 12 ms; the token lasts 15 s',
    'good',
  ],
  [
    { type: 'refresh-failed', error: 'http_503', final: false, retryInMs: 512, durationMs: 3 },
    'Refresh failed: http_503; next try in 512 ms',
    'warning',
  ],
  [
    { type: 'refresh-failed', error: 'invalid_grant.reused', final: true, durationMs: 3 },
    'Refresh refused: invalid_grant.reused',
    'bad',
  ],
  [{ type: 'refresh-throttled', retryInMs: 1_000 }, 'Tokens expire as soon as they come; next try in 1 s', 'warning'],
  [{ type: 'adopted', from: 'peer' }, 'Newer tokens taken over from another tab', 'neutral'],
  [{ type: 'signed-out', reason: 'user' }, 'Signed out: user', 'neutral'],
  [{ type: 'signed-out', reason: 'refresh-rejected' }, 'Signed out: refresh-rejected', 'bad'],
  [{ type: 'identity-changed' }, 'Another tab signed in as somebody else', 'bad'],
  [{ type: 'idle-warning', idleEndsAt: AT + 60_000 }, 'Signed out for idleness in 1 min unless used', 'warning'],
  [{ type: 'idle-cleared' }, 'In use again', 'neutral'],
  [{ type: 'leader-changed', isLeader: false }, 'Another tab leads now', 'neutral'],
  [{ type: 'request-queued', count: 1, queued: 3 }, 'A request waits for a token (3 waiting)', 'neutral'],
  [{ type: 'request-queued', count: 20, queued: 23 }, '20 requests wait for a token (23 waiting)', 'neutral'],
  [
    { type: 'request-released', count: 1, waitedMs: 1_540, queued: 0 },
    'A request went on after 1.5 s (0 waiting)',
    'neutral',
  ],
  [{ type: 'request-replayed', status: 401 }, 'A request was sent again after 401', 'neutral'],
  [{ type: 'request-failed', code: 'queue_full', count: 1 }, 'A request failed: queue_full', 'bad'],
  [{ type: 'request-failed', code: 'queue_full', count: 2 }, '2 requests failed: queue_full', 'bad'],
  [
    { type: 'capability-degraded', capability: 'storage', detail: 'SecurityError' },
    'The browser refuses storage: SecurityError',
    'warning',
  ],
  [
    { type: 'policy-violation', rule: 'accessTokenMaxMs', actualMs: 3_600_000, allowedMs: 900_000 },
    'Policy accessTokenMaxMs violated: 1 h instead of at most 15 min',
    'warning',
  ],
  [{ type: 'alert', name: 'refresh-token-reused', severity: 'high' }, 'Alert: refresh-token-reused', 'bad'],
  [{ type: 'alert', name: 'session-too-long', severity: 'medium' }, 'Alert: session-too-long', 'warning'],
]

test.for(cases)('%o', ([detail, text, tone]) => {
  expect(describeEvent({ ...detail, at: AT, tab: 'tab' })).toEqual({ text, tone })
})
