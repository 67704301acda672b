#!/usr/bin/env node
import { text } from 'node:stream/consumers'
import { parseCommand, USAGE } from './cli.ts'
import { InvalidCommandError, InvalidConfigurationError } from './errors.ts'
import { createRefreshServer } from './refresh-server.ts'
import { runOperatorCommand } from './report/run-operator-command.ts'
import { addKey, readKeysFile } from './tokens/keys-file.ts'
import { hashPassword } from './users/passwords.ts'
import { readUsersFile } from './users/users-file.ts'

const EXIT_FAILURE = 1
const EXIT_MISUSE = 2

async function main(): Promise<void> {
  const command = parseCommand(process.argv.slice(2), process.env)
  if (command.kind === 'help') {
    process.stdout.write(USAGE)
    return
  }
  if (command.kind === 'hash-password') {
    const password = (await text(process.stdin)).replace(/\r?\n$/, '')
    if (password === '') throw new InvalidConfigurationError('the password', 'is empty; write it to standard input')
    process.stdout.write(`${await hashPassword(password)}\n`)
    return
  }
  if (command.kind === 'new-key') return addKey(command.file, command.algorithm)
  if (command.kind === 'report' || command.kind === 'erase') {
    process.stdout.write(await runOperatorCommand(command))
    return
  }
  const { options, usersFile, keysFile, port, host } = command
  if (usersFile !== undefined) options.users = await readUsersFile(usersFile)
  if (keysFile !== undefined) options.keys = await readKeysFile(keysFile)
  // Standard output holds the address and nothing else, for whoever starts this from a script.
  const log = (line: string) => process.stderr.write(`${line}\n`)
  const server = createRefreshServer({ ...options, log })
  const { url } = await server.listen(port, host)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => server.close().catch(fail))
  if (keysFile !== undefined) {
    process.on('SIGHUP', async () => {
      try {
        server.replaceKeys(await readKeysFile(keysFile))
        log('keys read again')
      } catch (error) {
        log(`error keys stay as they were: ${messageOf(error)}`)
      }
    })
  }
  process.stdout.write(`Refresh server on ${url}\n`)
}

function fail(error: unknown): void {
  process.stderr.write(`${messageOf(error)}\n`)
  process.exitCode = error instanceof InvalidCommandError ? EXIT_MISUSE : EXIT_FAILURE
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

await main().catch(fail)
