import { readFile } from 'node:fs/promises'
import { InvalidConfigurationError } from './errors.ts'

/**
 * @param setting what names the file, for the error
 * @throws InvalidConfigurationError if it cannot be read or is no JSON; nothing of the file is quoted
 */
export async function readJsonFile(path: string, setting: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    const problem = error instanceof SyntaxError ? 'it is no JSON' : String(error)
    throw new InvalidConfigurationError(setting, `cannot be read: ${problem}`)
  }
}
