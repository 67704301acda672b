import { InvalidCommandError, InvalidConfigurationError } from '../errors.ts'
import { createRefreshServer } from '../refresh-server.ts'
import { hashPassword } from '../users/passwords.ts'
import { parseCommand, type ServeCommand, USAGE } from './command.ts'
import type { Environment } from './environment.ts'
import { addKey, readKeysFile, readUsersFile } from './files.ts'
import { runOperatorCommand } from './operator-command.ts'

const EXIT_FAILURE = 1
const EXIT_MISUSE = 2

export interface Outcome {
  /** For standard output. */
  output: string
  /** For standard error. */
  problem: string
  code: number
  /** The server, if the command started one. */
  serving?: Serving
}

export interface Serving {
  /** @returns the exit code */
  close(): Promise<number>
  /** Reads the keys file again. Problems are logged, and so is a missing keys file. */
  reloadKeys(): Promise<void>
}

/** The parts of the process that a command uses. */
export interface Surroundings {
  /** All of standard input. */
  readInput: () => Promise<string>
  log: (line: string) => void
}

/** Runs a command line. */
export async function operate(
  args: readonly string[],
  environment: Environment,
  surroundings: Surroundings,
): Promise<Outcome> {
  try {
    return { output: '', problem: '', code: 0, ...(await perform(args, environment, surroundings)) }
  } catch (error) {
    const code = error instanceof InvalidCommandError ? EXIT_MISUSE : EXIT_FAILURE
    return { output: '', problem: `${messageOf(error)}\n`, code }
  }
}

async function perform(
  args: readonly string[],
  environment: Environment,
  { readInput, log }: Surroundings,
): Promise<Partial<Outcome>> {
  const command = parseCommand(args, environment)
  switch (command.kind) {
    case 'help':
      return { output: USAGE }
    case 'hash-password': {
      const password = (await readInput()).replace(/\r?\n$/, '')
      if (password === '') throw new InvalidConfigurationError('the password', 'is empty; write it to standard input')
      return { output: `${await hashPassword(password)}\n` }
    }
    case 'new-key':
      await addKey(command.file, command.algorithm)
      return {}
    case 'report':
    case 'erase':
      return { output: await runOperatorCommand(command) }
    case 'serve':
      return serve(command, log)
  }
}

async function serve(command: ServeCommand, log: (line: string) => void): Promise<Partial<Outcome>> {
  const { options, usersFile, keysFile, port, host } = command
  if (usersFile !== undefined) options.users = await readUsersFile(usersFile)
  if (keysFile !== undefined) options.keys = await readKeysFile(keysFile)
  options.log = log
  const server = createRefreshServer(options)
  const { url } = await server.listen(port, host).catch(async (error: unknown) => {
    await server.close()
    throw error
  })

  async function close(): Promise<number> {
    try {
      await server.close()
      return 0
    } catch (error) {
      log(messageOf(error))
      return EXIT_FAILURE
    }
  }

  async function reloadKeys(): Promise<void> {
    if (keysFile === undefined) return log('there is no JWT_KEYS_FILE to reload')
    try {
      server.replaceKeys(await readKeysFile(keysFile))
      log('keys reloaded')
    } catch (error) {
      log(`error keys are unchanged: ${messageOf(error)}`)
    }
  }

  // Standard output contains only the address, for scripts.
  return { output: `Refresh server on ${url}\n`, serving: { close, reloadKeys } }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
