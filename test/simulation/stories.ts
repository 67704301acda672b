import { hungHead, leaderFirst, leftAtCommit, starvedMachine, undoneSignOut } from './blind-spots.ts'
import { clearedLedger } from './cleared-ledger.ts'
import { frozenWaiter } from './frozen-waiter.ts'
import { fullStorage } from './full-storage.ts'
import { nextLogin, signedOutMeanwhile, sleeperWithLock, staleReturn } from './held-up.ts'
import { clearedByHand, lostWrite, reloadedSignIn, twoSignIns } from './mishaps.ts'
import { hungRepetition, lateAnswer } from './repetitions.ts'

/** What random histories seldom come to. Each is told anew for each seed, and gives what went wrong. */
export const stories = {
  'hung-head': hungHead,
  'leader-first': leaderFirst,
  'left-at-commit': leftAtCommit,
  'starved-machine': starvedMachine,
  'undone-sign-out': undoneSignOut,
  'frozen-waiter': frozenWaiter,
  'hung-repetition': hungRepetition,
  'late-answer': lateAnswer,
  'full-storage': fullStorage,
  'cleared-ledger': clearedLedger,
  'cleared-by-hand': clearedByHand,
  'lost-write': lostWrite,
  'two-sign-ins': twoSignIns,
  'reloaded-sign-in': reloadedSignIn,
  'next-login': nextLogin,
  'signed-out-meanwhile': signedOutMeanwhile,
  'sleeper-with-lock': sleeperWithLock,
  'stale-return': staleReturn,
}

export type Story = keyof typeof stories
