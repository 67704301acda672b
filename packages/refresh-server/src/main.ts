#!/usr/bin/env node
import { text } from 'node:stream/consumers'
import { operate } from './cli/operate.ts'

// The reader of a stream may close it early. This must not end a server, and is no failure of a command.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') process.exitCode = 1
  })
}

const { output, problem, code, serving } = await operate(process.argv.slice(2), process.env, {
  readInput: () => text(process.stdin),
  log: (line) => process.stderr.write(`${line}\n`),
})
if (serving !== undefined) {
  const { close, reloadKeys } = serving
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, async () => {
      process.exitCode = await close()
    })
  }
  process.on('SIGHUP', reloadKeys)
}
process.exitCode = code
process.stderr.write(problem)
process.stdout.write(output)
