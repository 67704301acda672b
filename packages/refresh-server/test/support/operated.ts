import { operate } from '../../src/cli/operate.ts'

export interface InProcess {
  env?: Readonly<Record<string, string>>
  /** The content of standard input. */
  input?: string
}

/** Runs a command in this process, and closes the server if the command starts one. */
export async function operated(args: readonly string[], { env = {}, input = '' }: InProcess = {}) {
  const { serving, ...outcome } = await operate(args, env, { readInput: async () => input, log: () => {} })
  await serving?.close()
  return outcome
}
