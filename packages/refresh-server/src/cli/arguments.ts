import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { InvalidCommandError } from '../errors.ts'

/**
 * What a command line says, by Node's own rules.
 * @throws InvalidCommandError with one line, where Node writes several for a word that it does not know
 */
export function readArguments<const O extends ParseArgsOptionsConfig>(args: readonly string[], options: O) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options })
  } catch (error) {
    const [problem] = error instanceof Error ? error.message.split(/\.\s/, 1) : []
    throw new InvalidCommandError(`${problem}; see --help`)
  }
}
