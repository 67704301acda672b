import type { Ledger, Session, Stored } from '../types.ts'
import { oneOf, record, typeOf } from './schema.ts'
import { id, isTimely, readStored } from './stored.ts'
import { storedLedger } from './stored-ledger.ts'
import { storedSession } from './stored-session.ts'

/**
 * What tabs tell each other, session and ledger as they are stored: in wall time, and with the instant of writing.
 * Another version of the SDK may speak in another tab: what this one does not know it drops.
 */
export interface TabMessage {
  readonly v: 1
  /**
   * `state`: something new. `ask`: who knows more? `answer`: what the one who was asked knows. `need`: the leader is to
   * refresh, because nobody else may. `bye`: a tab leaves.
   */
  readonly type: 'state' | 'ask' | 'answer' | 'need' | 'bye'
  /** The tab that speaks. */
  readonly from: string
  /** With `ask` and `answer`: which question. */
  readonly question?: string
  /** With `answer`: the tab is frozen, and gets nothing done but answers. */
  readonly asleep?: boolean
  readonly ledger?: Stored<Ledger>
  readonly session?: Stored<Session>
}

const tabMessage = record<TabMessage>({
  v: oneOf(1),
  type: oneOf('state', 'ask', 'answer', 'need', 'bye'),
  from: id,
  'question?': id,
  'asleep?': typeOf('boolean'),
  'ledger?': storedLedger,
  'session?': storedSession,
})

/** What came over the channel, if it is a message of a tab that speaks this version. */
export function parseTabMessage(value: unknown, wallNow: number): TabMessage | undefined {
  return readStored(tabMessage, value, ({ ledger, session }) =>
    [ledger, session].every((record) => !record || isTimely(record, wallNow)),
  )
}
