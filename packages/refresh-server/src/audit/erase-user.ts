import type { Store } from '../store/store.ts'
import { ofSession } from './entry.ts'

/**
 * Ends and removes the sessions of a user, and what else the store says of them; the audit trail keeps a pseudonym.
 * @returns a line about what was done
 */
export async function eraseUser(store: Store, { username, at }: { username: string; at: number }): Promise<string> {
  const live = await store.liveFamiliesOf(username, at)
  await store.audit.append(
    live.map((family) => ({ at, operation: 'session-end', outcome: 'ok', detail: 'erased', ...ofSession(family) })),
  )
  const author = (await store.audit.pseudonymOf(username)) ?? 'erased'
  // Before the trail: a session that goes on meanwhile would bring the name back into it.
  const { sessions, notes } = await store.eraseUser(username, author)
  const pseudonym = await store.audit.eraseUser(username)
  if (pseudonym === undefined && sessions === 0 && notes === 0) return 'There was nothing about that user.\n'
  await store.audit.append([{ at, operation: 'erase', outcome: 'ok', detail: pseudonym ?? 'erased' }])
  return `Erased: ${sessions} sessions, of which ${live.length} were live, and the name on ${notes} notes. The audit trail says ${pseudonym ?? 'nothing'} instead.\n`
}
