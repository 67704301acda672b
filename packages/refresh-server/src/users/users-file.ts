import { readFile } from 'node:fs/promises'
import { InvalidConfigurationError } from '../errors.ts'
import { isUserList } from '../option-guards.ts'
import type { UserRecord } from './users.ts'

/**
 * Reads who may sign in: JSON, a list of `{ username, name, roles, passwordHash }`.
 * @throws InvalidConfigurationError if the file cannot be read or holds something else
 */
export async function readUsersFile(path: string): Promise<readonly UserRecord[]> {
  const users = await readJsonFile(path)
  if (isUserList(users)) return users
  const needed = 'a JSON list of { username, name, roles, passwordHash }, with hashes that hash-password printed'
  throw new InvalidConfigurationError('--users', `must name a file with ${needed}`)
}

async function readJsonFile(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    // What JSON.parse says would quote the file.
    const problem = error instanceof SyntaxError ? 'it is no JSON' : String(error)
    throw new InvalidConfigurationError('--users', `cannot be read: ${problem}`)
  }
}
