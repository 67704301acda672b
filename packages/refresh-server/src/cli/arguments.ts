import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { InvalidCommandError } from '../errors.ts'

/**
 * Parses a command line with Node's own parser.
 * @throws InvalidCommandError with the first line of Node's message
 */
export function readArguments<const O extends ParseArgsOptionsConfig>(args: readonly string[], options: O) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options })
  } catch (error) {
    const [problem] = error instanceof Error ? error.message.split(/\.\s/, 1) : []
    throw new InvalidCommandError(`${problem}; see --help`)
  }
}
