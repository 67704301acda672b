import { text } from 'node:stream/consumers'
import { parseCommand, USAGE } from './cli.ts'
import { InvalidConfigurationError } from './errors.ts'
import { createRefreshServer } from './refresh-server.ts'
import { hashPassword } from './users/passwords.ts'
import { readUsersFile } from './users/users-file.ts'

const EXIT_FAILURE = 1

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
  const { options, usersFile, port, host } = command
  if (usersFile !== undefined) options.users = await readUsersFile(usersFile)
  // Standard output holds the address and nothing else, for whoever starts this from a script.
  const server = createRefreshServer({ ...options, log: (line) => process.stderr.write(`${line}\n`) })
  const { url } = await server.listen(port, host)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => server.close().catch(fail))
  process.stdout.write(`Refresh server on ${url}\n`)
}

function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = EXIT_FAILURE
}

await main().catch(fail)
