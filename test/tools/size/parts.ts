/** Modules of the SDK by what they are for: what users would miss least is first, and what is not here they cannot miss. */
export const parts: readonly { part: string; modules: readonly string[] }[] = [
  { part: 'metrics, alerts', modules: ['features/metrics', 'features/alerts'] },
  { part: 'checks of options', modules: ['codec/schema', 'session/policy', 'transports/endpoint-options'] },
  {
    part: 'limits, activity, violations of the policy',
    modules: ['runtime/limits', 'session/limits', 'features/policy-violations'],
  },
  { part: 'event log, way to the login page', modules: ['runtime/events', 'runtime/login-redirect'] },
  { part: 'revocation', modules: ['runtime/revoker'] },
  { part: 'stores', modules: ['runtime/persistence', 'codec/stored-session'] },
  {
    part: 'leader, pages without locks, servers without pages',
    modules: ['runtime/leadership', 'platform/page-lock', 'platform/ssr'],
  },
  { part: "a page's life", modules: ['runtime/page-lifecycle', 'platform/page'] },
  {
    part: 'checks of records and messages',
    modules: ['codec/stored', 'codec/stored-ledger', 'codec/tab-message'],
  },
  {
    part: 'requests: fetch, queue, replay',
    modules: ['runtime/request-queue', 'runtime/token-access', 'http/fetch', 'http/request-auth', 'http/authorize'],
  },
  { part: 'messages between tabs', modules: ['runtime/cross-tab', 'runtime/peers', 'platform/broadcast-tabs'] },
]
