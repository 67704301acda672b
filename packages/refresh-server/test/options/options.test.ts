import { describe, expect, it } from 'vitest'
import { createRefreshServer, DEMO_USERS, InvalidOptionError } from '../../src/index.ts'
import { createTestServer } from '../support/test-server.ts'

const [user] = DEMO_USERS

describe('an invalid option', () => {
  it.each<[string, object]>([
    ['store', { store: '' }],
    ['store', { store: 7 }],
    ['reuse', { reuse: 'lenient' }],
    ['graceMs', { graceMs: -1 }],
    ['graceMs', { graceMs: Number.POSITIVE_INFINITY }],
    ['accessLifetimeMs', { accessLifetimeMs: 999 }],
    ['accessLifetimeMs', { accessLifetimeMs: '15m' }],
    ['accessLifetimeMs', { accessLifetimeMs: 3_000.5 }],
    ['accessLifetimeMs', { accessLifetimeMs: Number.NaN }],
    ['refreshLifetimeMs', { refreshLifetimeMs: 0 }],
    ['refreshLifetimeMs', { refreshLifetimeMs: 401 * 86_400_000 }],
    ['sessionLifetimeMs', { sessionLifetimeMs: null }],
    ['profile', { profile: 'hospital' }],
    ['profile', { profile: 'toString' }],
    ['rateLimit', { rateLimit: true }],
    ['rateLimit', { rateLimit: { windowMs: 999 } }],
    ['rateLimit', { rateLimit: { maxRequests: 0 } }],
    ['rateLimit', { rateLimit: { requests: 5 } }],
    ['trustedProxies', { trustedProxies: -1 }],
    ['cookie', { cookie: 'sid' }],
    ['cookie', { cookie: { name: '__Host-sid' } }],
    ['cookie', { cookie: { name: 'csrftoken' } }],
    ['cookie', { cookie: { sameSite: 'none' } }],
    ['cookie', { cookie: { secure: false } }],
    ['cookie', { cookie: { path: '/' } }],
    ['requestTimeoutMs', { requestTimeoutMs: 0 }],
    ['rotate', { rotate: 'no' }],
    ['maxSessions', { maxSessions: 0 }],
    ['maxSessions', { maxSessions: 2.5 }],
    ['secret', { secret: 'short' }],
    ['secret', { secret: new Uint8Array(32) }],
    ['qa', { qa: 'yes' }],
    ['users', { users: [] }],
    ['users', { users: [{ ...user, passwordHash: 'plain' }] }],
    ['users', { users: [{ ...user, roles: 'clinician' }] }],
    ['users', { users: [{ ...user, username: '' }] }],
    ['users', { users: [user, user] }],
    ['users', { users: ['amara'] }],
    ['allowedOrigins', { allowedOrigins: 'https://ward.example' }],
    ['allowedOrigins', { allowedOrigins: ['https://ward.example/'] }],
    ['allowedOrigins', { allowedOrigins: ['https://ward.example/path'] }],
    ['allowedOrigins', { allowedOrigins: ['*'] }],
    ['allowedOrigins', { allowedOrigins: ['null'] }],
    ['now', { now: 0 }],
    ['now', { now: () => 'now' }],
    ['log', { log: true }],
    ['accessLifetime', { accessLifetime: 900 }],
  ])('%s is named: %j', (name, options) => {
    expect(() => createRefreshServer(options)).toThrow(InvalidOptionError)
    expect(() => createRefreshServer(options)).toThrow(`option "${name}" `)
    expect(() => createRefreshServer(options)).toThrow(expect.objectContaining({ option: name }))
  })

  it.each([-1, 65_536, 1.5, Number.NaN])('port %d is refused by name', async (port) => {
    const { server } = createTestServer()
    await expect(server.listen(port)).rejects.toThrow('option "port" must be an integer from 0 to 65535')
  })
})

it('an option that is undefined gets its default', () => {
  const { server } = createTestServer({ accessLifetimeMs: undefined, reuse: undefined, qa: true })
  expect(server.qa?.state()).toMatchObject({
    reuse: 'replay',
    graceMs: 10_000,
    accessLifetimeMs: 900_000,
    refreshLifetimeMs: 43_200_000,
    sessionLifetimeMs: 43_200_000,
  })
})
