import { InvalidConfigurationError } from '../errors.ts'
import { readJsonFile } from '../json-file.ts'
import { isUserList } from '../option-guards.ts'
import type { UserRecord } from './users.ts'

const SETTING = '--users'

/**
 * Reads who may sign in: JSON, a list of `{ username, name, roles, passwordHash }`.
 * @throws InvalidConfigurationError if the file cannot be read or holds something else
 */
export async function readUsersFile(path: string): Promise<readonly UserRecord[]> {
  return parseUsers(await readJsonFile(path, SETTING))
}

/** @throws InvalidConfigurationError if it is no list of users */
export function parseUsers(users: unknown): readonly UserRecord[] {
  if (isUserList(users)) return users
  const needed = 'a JSON list of { username, name, roles, passwordHash }, with hashes that hash-password printed'
  throw new InvalidConfigurationError(SETTING, `must name a file with ${needed}`)
}
