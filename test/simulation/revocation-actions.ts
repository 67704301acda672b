import { type Action, signOut } from './actions.ts'
import type { RevocationWitness } from './revocation-witness.ts'

/** What happens where the endpoint may not hear of sign-outs. */
export function withDeafness(actions: readonly Action[], { turnDeaf }: RevocationWitness): readonly Action[] {
  return [...actions, { weight: 4, run: turnDeaf }, { weight: 4, run: signOut }]
}
