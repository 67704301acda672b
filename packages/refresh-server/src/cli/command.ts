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
       node src/main.ts hash-password        reads a password, prints its hash for a users file
       node src/main.ts new-key <file> [--algorithm ES256|RS256|HS256]
                                             adds a new key to JWT_KEYS_FILE, as the first
       node src/main.ts report daily|weekly|monthly [--json] [--until <time>] [--session-lifetime <dur.>]
                                             prints a report on the last 1, 7 or 30 days
       node src/main.ts erase <username>     removes everything that is stored about a user
                                             both need --store <file> or REDIS_URL

  --demo                      demo users and a random secret
  --users <file>              JSON list of { username, name, roles, passwordHash }
  --port <number>             default 4180; 0 takes any free port
  --host <address>            default 127.0.0.1
  --store <file>              default :memory:, which loses everything at the end
  --reuse <mode>              replay (default), strict or grace
  --grace <duration>          for --reuse grace; default 10s
  --no-rotation               a refresh returns the same refresh token again
  --profile <name>            general-ward (default), icu, outpatient, research, web-app or long-lived
  --access-lifetime <dur.>    default 15m
  --refresh-lifetime <dur.>   default 12h
  --session-lifetime <dur.>   default 12h
  --trusted-proxies <number>  how many proxies in front write X-Forwarded-For; default 0
  --allowed-origin <origin>   may be repeated; default none
  --qa                        --demo with the /qa endpoints, for this machine only
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
 * Parses the command line and the environment. Arguments override environment variables.
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
  if (!values.demo && !qa)
    requireUsersAndKey({ usersFile, hasKey: options.secret !== undefined || keysFile !== undefined })
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

/** Demo users have public passwords, and with a random secret all access tokens end with the process. */
function requireUsersAndKey({ usersFile, hasKey }: { usersFile: string | undefined; hasKey: boolean }): void {
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
