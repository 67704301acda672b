import { parseCommand, USAGE } from './cli.ts'
import { createRefreshServer } from './refresh-server.ts'

const EXIT_FAILURE = 1

async function main(): Promise<void> {
  const command = parseCommand(process.argv.slice(2))
  if (command.kind === 'help') {
    process.stdout.write(USAGE)
    return
  }
  // Standard output holds the address and nothing else, for whoever starts this from a script.
  const server = createRefreshServer({ ...command.options, log: (line) => process.stderr.write(`${line}\n`) })
  const { url } = await server.listen(command.port, command.host)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => server.close().catch(fail))
  process.stdout.write(`Refresh server on ${url}\n`)
}

function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = EXIT_FAILURE
}

await main().catch(fail)
