import { parseArgs } from 'node:util'
import { InvalidOptionError } from './errors.ts'
import { isReuseMode } from './option-guards.ts'
import type { RefreshServerOptions } from './options.ts'
import { REUSE_MODES } from './tokens/rotation.ts'

export const USAGE = `Usage: node src/main.ts [options]

  --port <number>             4180; 0 takes any free port
  --host <address>            127.0.0.1
  --store <file>              :memory: (everything is forgotten at the end)
  --reuse <mode>              replay (or strict, grace)
  --grace <duration>          10s, for --reuse grace
  --access-lifetime <dur.>    15m
  --refresh-lifetime <dur.>   12h
  --session-lifetime <dur.>   12h
  --allowed-origin <origin>   may be given more than once; none
  --qa                        open the /qa endpoints, on this machine only
  --help

A duration is a number with a unit: 90s, 15m, 12h, 30d.
`

const DEFAULT_PORT = 4_180
const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

export type Command =
  | { kind: 'help' }
  | { kind: 'serve'; port: number; host: string | undefined; options: RefreshServerOptions }

/**
 * Reads the command line.
 * @throws InvalidOptionError naming the argument, or what `parseArgs` throws for one that it does not know
 */
export function parseCommand(args: readonly string[]): Command {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string' },
      host: { type: 'string' },
      store: { type: 'string' },
      reuse: { type: 'string' },
      grace: { type: 'string' },
      'access-lifetime': { type: 'string' },
      'refresh-lifetime': { type: 'string' },
      'session-lifetime': { type: 'string' },
      'allowed-origin': { type: 'string', multiple: true },
      qa: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return { kind: 'help' }

  const options: RefreshServerOptions = {}
  if (values.store !== undefined) options.store = values.store
  if (values.reuse !== undefined) options.reuse = reuseMode(values.reuse)
  if (values.grace !== undefined) options.graceMs = duration('--grace', values.grace)
  if (values['access-lifetime'] !== undefined) {
    options.accessLifetimeMs = duration('--access-lifetime', values['access-lifetime'])
  }
  if (values['refresh-lifetime'] !== undefined) {
    options.refreshLifetimeMs = duration('--refresh-lifetime', values['refresh-lifetime'])
  }
  if (values['session-lifetime'] !== undefined) {
    options.sessionLifetimeMs = duration('--session-lifetime', values['session-lifetime'])
  }
  if (values['allowed-origin'] !== undefined) options.allowedOrigins = values['allowed-origin']
  if (values.qa !== undefined) options.qa = values.qa
  return { kind: 'serve', port: portNumber(values.port), host: values.host, options }
}

function reuseMode(text: string): NonNullable<RefreshServerOptions['reuse']> {
  if (!isReuseMode(text)) throw new InvalidOptionError('--reuse', `must be one of: ${REUSE_MODES.join(', ')}`)
  return text
}

function duration(name: string, text: string): number {
  const [, amount, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? []
  const unitMs = unit === undefined ? undefined : UNITS_MS[unit]
  if (unitMs === undefined) throw new InvalidOptionError(name, 'must be a duration such as 90s, 15m, 12h or 30d')
  return Number(amount) * unitMs
}

function portNumber(text: string | undefined): number {
  if (text === undefined) return DEFAULT_PORT
  if (!/^\d{1,5}$/.test(text)) throw new InvalidOptionError('--port', 'must be an integer from 0 to 65535')
  return Number(text)
}
