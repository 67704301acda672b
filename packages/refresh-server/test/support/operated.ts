import { operate } from '../../src/cli/operate.ts'

export interface InProcess {
  env?: Readonly<Record<string, string>>
  /** What is on standard input. */
  input?: string
}

/** What the command does that ends by itself, without a process of its own for it. */
export async function operated(args: readonly string[], { env = {}, input = '' }: InProcess = {}) {
  const { serving, ...outcome } = await operate(args, env, { readInput: async () => input, log: () => {} })
  await serving?.close()
  return outcome
}
