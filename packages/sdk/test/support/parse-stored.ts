import { parseLedger as ledger } from '../../src/codec/stored-ledger.ts'
import { parseStoredSession as session } from '../../src/codec/stored-session.ts'
import { parseTabMessage as message } from '../../src/codec/tab-message.ts'
import { NOON } from './sessions.ts'

// As they are read in a page whose clock says noon.
export const parseLedger = (value: unknown) => ledger(value, NOON)
export const parseStoredSession = (value: unknown) => session(value, NOON)
export const parseTabMessage = (value: unknown) => message(value, NOON)
