/** Modules of the SDK by what they are for: what users would miss least is first, and what is not here they cannot miss. */
export const parts: readonly { part: string; modules: readonly string[] }[] = [
  { part: 'metrics, alerts', modules: ['decisions/metrics', 'decisions/alerts'] },
  { part: 'checks of options', modules: ['decisions/rules', 'decisions/policy', 'transports/endpoint-options'] },
  {
    part: 'limits, activity, violations of the policy',
    modules: [
      'coordination/limit-keeper',
      'decisions/limits',
      'coordination/activity',
      'coordination/policy-watch',
      'decisions/violations',
    ],
  },
  { part: 'event log, way to the login page', modules: ['coordination/event-log', 'coordination/login-redirect'] },
  { part: 'revocation', modules: ['coordination/revoker'] },
  { part: 'stores', modules: ['coordination/store-keeper', 'decisions/stored-session'] },
  {
    part: 'leader, pages without locks, servers without pages',
    modules: ['coordination/leadership', 'platform/page-lock', 'platform/nowhere'],
  },
  { part: "a page's life", modules: ['coordination/page-life', 'platform/page'] },
  {
    part: 'checks of records and messages',
    modules: ['decisions/stored', 'decisions/stored-ledger', 'decisions/tab-message'],
  },
  {
    part: 'requests: fetch, queue, replay',
    modules: ['coordination/request-queue', 'coordination/admission', 'http/fetch', 'http/gate', 'http/authorize'],
  },
  { part: 'messages between tabs', modules: ['coordination/tab-sync', 'coordination/news', 'platform/broadcast-tabs'] },
]
