import { eraseUser } from '../audit/erase-user.ts'
import { openStore } from '../store/open-store.ts'
import { makeReport } from './make-report.ts'
import { toMarkdown } from './markdown.ts'
import type { OperatorCommand } from './operator-command.ts'
import { periodBefore } from './period.ts'

/** Does what an operator asked for on a store, whether a server runs on it or not. Returns what to print. */
export async function runOperatorCommand(command: OperatorCommand): Promise<string> {
  const { auditRetentionMs } = command
  const readOnly = command.kind === 'report'
  const store = openStore(command.store, { log: () => {}, auditRetentionMs, readOnly })
  try {
    await store.ready()
    // What happens in this instant is part of it.
    const now = Date.now() + 1
    if (command.kind === 'erase') return await eraseUser(store, { username: command.username, at: now })
    const { period: name, until = now, sessionLifetimeMs, json } = command
    const report = await makeReport(store.audit, { name, period: periodBefore(until, name), sessionLifetimeMs })
    return json ? `${JSON.stringify(report, null, 2)}\n` : toMarkdown(report)
  } finally {
    await store.close()
  }
}
