import { parseCommand, USAGE } from './command.ts'
import { startDemo } from './start-demo.ts'

async function main(): Promise<void> {
  const command = parseCommand(process.argv.slice(2))
  if (command.kind === 'help') {
    process.stdout.write(USAGE)
    return
  }
  const demo = await startDemo(command.options)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => demo.close().catch(fail))
  process.stdout.write(`Demo on ${demo.url}\n`)
}

function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}

await main().catch(fail)
