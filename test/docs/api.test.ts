import { expect, test } from 'vitest'
import { resolveOptions } from '../../packages/sdk/src/options.ts'
import { apiPage, namesIn, type Row, rowsBelow } from './api-page.ts'
import { compile } from './compile.ts'

const page = await apiPage()
const sdk = '@token-manager/sdk'

const firsts = (rows: readonly Row[]) => rows.flatMap(([cell]) => namesIn(cell))
const below = (heading: string) => firsts(rowsBelow(page, heading))

/** The compiler names what is missing in the list, and what is in it and does not exist. */
function holds(type: string, names: readonly string[]): string {
  return `export const _: Record<${type}, 0> = { ${names.map((name) => `'${name}': 0`).join(', ')} }\n`
}

const TYPES = [
  'Diagnostics',
  'ErrorCode',
  'SessionEventDetail',
  'SessionMetrics',
  'SessionSnapshot',
  'SessionStatus',
  'SignOutReason',
  'TokenManager',
  'TokenManagerOptions',
  'AlertName',
  'Capability',
  'RefreshTrigger',
  'SimpleJwtTransportOptions',
  'JsonTransportOptions',
  'CookieTransportOptions',
  'OAuth2TransportOptions',
  'SessionServiceTransportOptions',
]

const LISTS: Readonly<Record<string, string>> = {
  Options: 'keyof TokenManagerOptions',
  Methods: 'keyof TokenManager',
  Statuses: 'SessionStatus',
  Snapshot: 'keyof SessionSnapshot',
  'Sign-out reasons': 'SignOutReason',
  Errors: 'ErrorCode',
  Events: "SessionEventDetail['type']",
  'What triggers a refresh': 'RefreshTrigger',
  Capabilities: 'Capability',
  Alerts: 'AlertName',
  Metrics: 'keyof SessionMetrics',
  Diagnostics: 'keyof Diagnostics',
}

function checks(): Map<string, string> {
  const found = new Map(Object.entries(LISTS).map(([heading, type]) => [heading, holds(type, below(heading))]))
  for (const [entry, exported] of rowsBelow(page, 'Entries')) {
    const [specifier = ''] = namesIn(entry)
    found.set(specifier, holds(`keyof typeof import('${specifier}')`, namesIn(exported)))
  }
  for (const [event, carries] of rowsBelow(page, 'Events')) {
    const [type = ''] = namesIn(event)
    // Of every member of that type: `keyof` a union is what they have in common.
    const keys = `Extract<SessionEventDetail, { type: '${type}' }> extends infer E ? (E extends unknown ? keyof E : never) : never`
    const members = `Exclude<${keys}, 'type'>`
    found.set(`event ${type}`, holds(members, namesIn(carries)))
  }
  const rows = rowsBelow(page, 'Options of transports')
  const common = firsts(rows.filter((row) => row.length === 3))
  const own = rows.filter((row) => row.length === 4)
  const transports = [
    'JsonTransport',
    'CookieTransport',
    'OAuth2Transport',
    'SimpleJwtTransport',
    'SessionServiceTransport',
  ]
  for (const name of transports) {
    const factory = name.replace(/^[A-Z]+/, (initials) => initials.toLowerCase())
    const ofIt = own.filter(([cell]) => namesIn(cell)[0] === factory).flatMap(([, option]) => namesIn(option))
    found.set(name, holds(`keyof ${name}Options`, [...common, ...ofIt]))
  }
  return found
}

test('the lists of docs/api.md are those of the types', async () => {
  const head = `import type { ${TYPES.join(', ')} } from '${sdk}'\n`
  const examples = [...checks()].map(([name, code]) => {
    return { name: `api ${name}`, code: head + code, language: 'ts' as const, runnable: false }
  })
  expect(await compile(examples, 'api')).toBe('')
})

test('the defaults in docs/api.md are those that options get', () => {
  const parts = {
    kind: 'none',
    url: '/',
    refreshTokenIn: 'body',
    accessTokenIn: 'header',
    idempotentRefresh: false,
  } as const
  const transport = { ...parts, refresh: () => Promise.reject(new Error()), parse: () => ({ accessLifetimeMs: 1 }) }
  const resolved = new Map<string, unknown>(Object.entries(resolveOptions({ transport })))
  const defaults = rowsBelow(page, 'Options').flatMap(([name, text = '']) => {
    const [literal] = /^`(?:'\w+'|[\d_]+|\[\])`$/.exec(text) ?? []
    return literal
      ? [[namesIn(name)[0] ?? '', JSON.parse(literal.slice(1, -1).replaceAll('_', '').replaceAll("'", '"'))]]
      : []
  })
  expect(defaults.length).toBeGreaterThan(5)
  for (const [name, value] of defaults) expect([name, resolved.get(name)]).toEqual([name, value])
})

test('a list that is not that of its type is told by the name that is missing, or too much', async () => {
  const code = `import type { SessionStatus } from '${sdk}'\n${holds('SessionStatus', ['active', 'unheard-of'])}`
  const told = await compile([{ name: 'api wrong', code, language: 'ts', runnable: false }], 'api-wrong')
  expect(told).toMatch(/unheard-of|signed-out/)
})
