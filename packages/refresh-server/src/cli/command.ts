import { parseDuration } from '../duration.ts'
import { InvalidCommandError, InvalidConfigurationError, InvalidOptionError } from '../errors.ts'
import { isReuseMode } from '../options/option-guards.ts'
import type { RefreshServerOptions } from '../options/options.ts'
import { isProfileName, PROFILES } from '../options/profiles.ts'
import { REUSE_MODES } from '../tokens/rotation.ts'
import { ALGORITHMS, type SigningAlgorithm } from '../tokens/signing-keys.ts'
import { readArguments } from './arguments.ts'
import { type Environment, readEnvironment } from './environment.ts'
import { isOperatorCommand, type OperatorCommand, parseOperatorCommand } from './operator-command.ts'

export const USAGE = `Usage: node src/main.ts [options]
       node src/main.ts hash-password        reads a password, prints what a users file needs
       node src/main.ts new-key <file> [--algorithm ES256|RS256|HS256]
                                             puts a new key first in JWT_KEYS_FILE
       node src/main.ts report daily|weekly|monthly [--json] [--until <time>] [--session-lifetime <dur.>]
                                             prints what the audit trail says of the last 1, 7 or 30 days
       node src/main.ts erase <username>     removes all that is stored about a user
                                             both with --store <file>, or REDIS_URL

  --demo                      users for demonstrations, and a random secret
  --users <file>              JSON, a list of { username, name, roles, passwordHash }
  --port <number>             4180; 0 takes any free port
  --host <address>            127.0.0.1
  --store <file>              :memory: (everything is forgotten at the end)
  --reuse <mode>              replay (or strict, grace)
  --grace <duration>          10s, for --reuse grace
  --no-rotation               a refresh gives the same refresh token again
  --profile <name>            general-ward (or icu, outpatient, research, web-app, long-lived)
  --access-lifetime <dur.>    15m
  --refresh-lifetime <dur.>   12h
  --session-lifetime <dur.>   12h
  --trusted-proxies <number>  0; how many proxies in front write X-Forwarded-For
  --allowed-origin <origin>   may be given more than once; none
  --qa                        --demo with the /qa endpoints open, on this machine only
  --help

A duration is a number with a unit: 90s, 15m, 12h, 30d. Environment variables: see docs/refresh-server.md.
`

const DEFAULT_PORT = 4_180
const MAX_PORT = 65_535
const HASH_PASSWORD = 'hash-password'
const NEW_KEY = 'new-key'

const OPTIONS = {
  algorithm: { type: 'string' },
  demo: { type: 'boolean' },
  users: { type: 'string' },
  port: { type: 'string' },
  host: { type: 'string' },
  store: { type: 'string' },
  reuse: { type: 'string' },
  grace: { type: 'string' },
  'no-rotation': { type: 'boolean' },
  profile: { type: 'string' },
  'access-lifetime': { type: 'string' },
  'refresh-lifetime': { type: 'string' },
  'session-lifetime': { type: 'string' },
  'trusted-proxies': { type: 'string' },
  'allowed-origin': { type: 'string', multiple: true },
  qa: { type: 'boolean' },
  help: { type: 'boolean' },
} as const

export type Command =
  | { kind: 'help' }
  | { kind: 'hash-password' }
  | OperatorCommand
  | { kind: 'new-key'; file: string; algorithm: SigningAlgorithm }
  | ServeCommand

export interface ServeCommand {
  kind: 'serve'
  port: number
  host: string | undefined
  usersFile?: string
  keysFile?: string
  options: RefreshServerOptions
}

/**
 * Reads the command line and the environment; an argument counts more than a variable.
 * @throws InvalidOptionError, InvalidConfigurationError or InvalidCommandError naming the argument or the variable
 */
export function parseCommand(args: readonly string[], environment: Environment): Command {
  const [first, ...rest] = args
  if (isOperatorCommand(first) && !rest.includes('--help')) return parseOperatorCommand(first, rest, environment)
  const { values, positionals } = readArguments(args, OPTIONS)
  if (values.help) return { kind: 'help' }
  const [word, file, ...more] = positionals
  if (word === HASH_PASSWORD && file === undefined) return { kind: HASH_PASSWORD }
  if (word === NEW_KEY && file !== undefined && more.length === 0) {
    return { kind: NEW_KEY, file, algorithm: algorithmOf(values.algorithm) }
  }
  if (word === NEW_KEY) throw new InvalidCommandError('write new-key <file>')
  if (isOperatorCommand(word)) throw new InvalidCommandError(`write ${word} first, and its options after it`)
  if (word !== undefined) throw new InvalidConfigurationError(`"${positionals.join(' ')}"`, 'is not known; see --help')

  const options = readEnvironment(environment)
  const { store, reuse, grace, profile, qa } = values
  if (store !== undefined) options.store = store
  if (reuse !== undefined) options.reuse = oneOf('--reuse', reuse, { accepts: isReuseMode, known: REUSE_MODES })
  if (grace !== undefined) options.graceMs = duration('--grace', grace)
  if (values['no-rotation']) options.rotate = false
  if (profile !== undefined) {
    options.profile = oneOf('--profile', profile, { accepts: isProfileName, known: Object.keys(PROFILES) })
  }
  for (const [argument, option] of LIFETIMES) {
    const text = values[argument]
    if (text !== undefined) options[option] = duration(`--${argument}`, text)
  }
  const proxies = values['trusted-proxies']
  if (proxies !== undefined) options.trustedProxies = integer('--trusted-proxies', proxies, 10)
  if (values['allowed-origin'] !== undefined) options.allowedOrigins = values['allowed-origin']
  if (qa !== undefined) options.qa = qa
  const { users: usersFile } = values
  const keysFile = environment.JWT_KEYS_FILE?.trim()
  if (!values.demo && !qa) requireOwn({ usersFile, hasKey: options.secret !== undefined || keysFile !== undefined })
  return {
    kind: 'serve',
    port: values.port === undefined ? DEFAULT_PORT : integer('--port', values.port, MAX_PORT),
    host: values.host,
    ...(usersFile !== undefined && { usersFile }),
    ...(keysFile !== undefined && { keysFile }),
    options,
  }
}

const LIFETIMES = [
  ['access-lifetime', 'accessLifetimeMs'],
  ['refresh-lifetime', 'refreshLifetimeMs'],
  ['session-lifetime', 'sessionLifetimeMs'],
] as const

/** The demo users' passwords are public, and a random secret ends all access tokens with the process. */
function requireOwn({ usersFile, hasKey }: { usersFile: string | undefined; hasKey: boolean }): void {
  if (!hasKey) {
    const problem = 'is missing; write JWT_SECRET="$(openssl rand -base64 48)" and keep it, or start with --demo'
    throw new InvalidConfigurationError('JWT_SECRET', problem)
  }
  if (usersFile === undefined) {
    throw new InvalidConfigurationError('--users', 'is missing; write --users <file>, or start with --demo')
  }
}

function algorithmOf(text = 'ES256'): SigningAlgorithm {
  const algorithm = ALGORITHMS.find((known) => known === text)
  if (algorithm === undefined) throw new InvalidOptionError('--algorithm', `must be one of: ${ALGORITHMS.join(', ')}`)
  return algorithm
}

function oneOf<T extends string>(
  name: string,
  text: string,
  { accepts, known }: { accepts: (value: unknown) => value is T; known: readonly string[] },
): T {
  if (!accepts(text)) throw new InvalidOptionError(name, `must be one of: ${known.join(', ')}`)
  return text
}

function duration(name: string, text: string): number {
  const ms = parseDuration(text)
  if (ms === undefined) throw new InvalidOptionError(name, 'must be a duration such as 90s, 15m, 12h or 30d')
  return ms
}

function integer(name: string, text: string, max: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (value <= max) return value
  throw new InvalidOptionError(name, `must be an integer from 0 to ${max}`)
}
