import { parseArgs } from 'node:util'
import type { DemoOptions } from './start-demo.ts'

export const USAGE = `Usage: pnpm demo [options]

  --port <number>   5173, or the next one that is free; 0 takes any free port
  --store <file>    keep sessions and notes in this file; by default they end with the demo
  --preview         serve the app as built for production instead of with live reload
  --help
`

export type Command = { kind: 'help' } | { kind: 'start'; options: DemoOptions }

/**
 * Reads the command line.
 * @throws Error saying which argument is wrong
 */
export function parseCommand(args: readonly string[]): Command {
  const { values } = parseArgs({
    // Package managers pass the mark on that sets their own options apart.
    args: args.filter((arg) => arg !== '--'),
    options: {
      port: { type: 'string' },
      store: { type: 'string' },
      preview: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return { kind: 'help' }

  const options: DemoOptions = {}
  if (values.port !== undefined) options.port = portNumber(values.port)
  if (values.preview !== undefined) options.preview = values.preview
  if (values.store !== undefined) options.refreshServer = { store: values.store }
  return { kind: 'start', options }
}

function portNumber(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (port <= 65_535) return port
  throw new Error('--port must be an integer from 0 to 65535')
}
