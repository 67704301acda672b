import type { Breakage } from './breakage.ts'

/** Rules for what pages do in the same moment, and for what one of them does to the storage of all. */
export const TOGETHER_BREAKAGES: readonly Breakage[] = [
  {
    name: 'a ledger that was cleared is not written again',
    invariant: 'I5',
    story: 'cleared-by-hand',
    file: 'sdk/src/runtime/ledger-keeper.ts',
    find: 'found === undefined ? state().ledger : undefined',
    replace: 'undefined',
  },
  {
    name: 'of two sign-ins at once any may count',
    invariant: 'I6',
    story: 'two-sign-ins',
    file: 'sdk/src/session/merge.ts',
    find: 'Math.max(0, wallNow).toString',
    replace: '(0).toString',
  },
  {
    name: 'tokens that are on their way are not asked for again',
    invariant: 'I4',
    story: 'reloaded-sign-in',
    file: 'sdk/src/runtime/news.ts',
    find: 'if (isMissing()) await ask(ANSWER_MS)',
    replace: '',
  },
  {
    name: 'what another page wrote is lost with the next write',
    invariant: 'I9',
    story: 'lost-write',
    file: 'sdk/src/runtime/ledger-keeper.ts',
    find: 'told && fromStored(told, clock, state().ledger)',
    replace: 'undefined',
  },
]
