#!/usr/bin/env node
import { text } from 'node:stream/consumers'
import { operate } from './operate.ts'

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
  if (reloadKeys !== undefined) process.on('SIGHUP', reloadKeys)
}
process.exitCode = code
process.stderr.write(problem)
process.stdout.write(output)
