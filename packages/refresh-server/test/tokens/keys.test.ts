import { createHmac, generateKeyPairSync, randomBytes } from 'node:crypto'
import { createRemoteJWKSet, decodeProtectedHeader, type JWK, jwtVerify, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { createRefreshServer } from '../../src/index.ts'
import { bearer, json, listenTestServer, SECRET, START_AT } from '../support/test-server.ts'

const named = (jwk: object, kid: string, alg: string): JWK => ({ kty: '', ...jwk, kid, alg })
const ecKey = (kid: string) =>
  named(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }), kid, 'ES256')
const rsaKey = (kid: string, modulusLength = 2_048) =>
  named(generateKeyPairSync('rsa', { modulusLength }).privateKey.export({ format: 'jwk' }), kid, 'RS256')
const hmacKey = (kid: string, bytes = 32) =>
  named({ kty: 'oct', k: randomBytes(bytes).toString('base64url') }, kid, 'HS256')

const EC = ecKey('ec')
const RSA = rsaKey('rsa')
const HMAC = hmacKey('hmac')

it.each([
  ['HS256', HMAC],
  ['RS256', RSA],
  ['ES256', EC],
])('%s signs access tokens with its kid', async (alg, key) => {
  const { signIn, patients } = await listenTestServer({ keys: [key], secret: undefined })
  const { access } = await signIn()
  expect(decodeProtectedHeader(access)).toEqual({ alg, kid: key.kid, typ: 'at+jwt' })
  expect((await patients(access)).status).toBe(200)
})

describe('GET /.well-known/jwks.json', () => {
  it('lets everyone verify tokens, and reveals no secret', async () => {
    const { url, get, signIn } = await listenTestServer({ keys: [EC, RSA, HMAC] })
    const { access } = await signIn()
    const keys = createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`))
    const { payload } = await jwtVerify(access, keys, { currentDate: new Date(START_AT), typ: 'at+jwt' })
    expect(payload).toMatchObject({ sub: 'amara', roles: ['clinician'] })
    expect(await json(await get('/.well-known/jwks.json'))).toEqual({
      keys: [
        { kty: 'EC', crv: 'P-256', x: EC.x, y: EC.y, kid: 'ec', alg: 'ES256', use: 'sig' },
        { kty: 'RSA', n: RSA.n, e: RSA.e, kid: 'rsa', alg: 'RS256', use: 'sig' },
      ],
    })
  })

  it('is empty with a secret instead of keys', async () => {
    const { get } = await listenTestServer()
    expect(await json(await get('/.well-known/jwks.json'))).toEqual({ keys: [] })
  })
})

describe('a rotation of keys', () => {
  it('signs with the new key, and verifies with the old one until it is removed', async () => {
    const { server, signIn, patients } = await listenTestServer({ keys: [EC], secret: undefined })
    const before = await signIn()
    server.replaceKeys([RSA, EC])
    const after = await signIn()
    expect(decodeProtectedHeader(after.access).kid).toBe('rsa')
    expect((await patients(before.access)).status).toBe(200)
    expect((await patients(after.access)).status).toBe(200)
    server.replaceKeys([RSA])
    expect((await patients(before.access)).status).toBe(401)
    expect((await patients(after.access)).status).toBe(200)
  })

  it('ends no session: a refresh gives an access token of the new key', async () => {
    const { server, signIn, rotate, patients } = await listenTestServer({ keys: [EC], secret: undefined })
    const { refresh } = await signIn()
    server.replaceKeys([RSA])
    expect((await patients((await rotate(refresh)).access)).status).toBe(200)
  })

  it('keeps tokens valid that the secret signed before', async () => {
    const { server, signIn, patients } = await listenTestServer()
    const before = await signIn()
    expect(decodeProtectedHeader(before.access).kid).toBeUndefined()
    server.replaceKeys([EC])
    expect((await patients(before.access)).status).toBe(200)
    expect(decodeProtectedHeader((await signIn()).access).alg).toBe('ES256')
  })

  it('changes nothing if a key is invalid', async () => {
    const { server, signIn } = await listenTestServer({ keys: [EC] })
    expect(() => server.replaceKeys([RSA, { ...HMAC, k: 'short' }])).toThrow('option "keys" [1] is weak')
    expect(decodeProtectedHeader((await signIn()).access).kid).toBe('ec')
  })
})

describe('refuses a token', () => {
  const forged = async (kid: string | undefined, sign: (input: string) => string, alg: string) => {
    const { signIn, get } = await listenTestServer({ keys: [RSA, EC], secret: undefined })
    const claims = (await signIn()).access.split('.')[1] ?? ''
    const header = Buffer.from(JSON.stringify({ alg, typ: 'at+jwt', kid })).toString('base64url')
    const token = `${header}.${claims}.${sign(`${header}.${claims}`)}`
    return (await get('/auth/me', bearer(token))).status
  }

  it('that was signed with the public key as if it were a secret', async () => {
    const published = JSON.stringify({ n: RSA.n, e: RSA.e })
    const hmac = (input: string) => createHmac('sha256', published).update(input).digest('base64url')
    expect(await forged('rsa', hmac, 'HS256')).toBe(401)
    expect(await forged(undefined, hmac, 'HS256')).toBe(401)
  })

  it('that is not signed at all', async () => {
    expect(await forged('rsa', () => '', 'none')).toBe(401)
  })

  it.each([
    ['of another key under a known kid', ecKey('ec'), 'ec'],
    ['with an unknown kid', EC, 'other'],
    ['without a kid', EC, undefined],
  ])('%s', async (_, key, kid) => {
    const { signIn, get } = await listenTestServer({ keys: [EC], secret: SECRET })
    const claims = JSON.parse(Buffer.from((await signIn()).access.split('.')[1] ?? '', 'base64url').toString())
    const header = { alg: 'ES256', typ: 'at+jwt', ...(kid !== undefined && { kid }) }
    const token = await new SignJWT(claims).setProtectedHeader(header).sign(key)
    expect((await get('/auth/me', bearer(token))).status).toBe(401)
  })
})

describe('names an invalid key with the problem:', () => {
  const publicKey = named({ kty: 'EC', crv: EC.crv, x: EC.x, y: EC.y }, 'k', 'ES256')
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({ format: 'jwk' })

  it.each<[string, readonly object[], string]>([
    ['no list', [], 'must be a list of JWKs'],
    ['no kid', [{ ...EC, kid: undefined }], '[0] has no "kid"'],
    ['no alg', [EC, { ...RSA, alg: undefined }], '[1] must have an "alg" out of HS256, RS256, ES256'],
    ['another alg', [{ ...RSA, alg: 'PS256' }], '[0] must have an "alg"'],
    ['a public key', [publicKey], '[0] is not a private key for ES256'],
    ['half of a key', [{ kty: 'RSA', kid: 'k', alg: 'RS256', n: RSA.n }], '[0] is not a private key for RS256'],
    ['another kind of key', [{ ...EC, alg: 'RS256' }], '[0] is not a key for RS256'],
    ['another curve', [named(p384, 'k', 'ES256')], '[0] is not a key for ES256'],
    ['a short RSA key', [rsaKey('k', 1_024)], '[0] is weak: it has fewer than 2048 bits'],
    ['a short secret', [hmacKey('k', 31)], '[0] is weak: it has fewer than 32 bytes'],
    ['no secret', [{ ...EC, alg: 'HS256' }], '[0] is not a secret key'],
    ['the same kid', [EC, rsaKey('ec')], 'contains a "kid" twice'],
  ])('%s', (_, keys, problem) => {
    const create = () => createRefreshServer({ keys: keys.map((key) => ({ kty: '', ...key })) })
    expect(create).toThrow(`refresh server: option "keys" ${problem}`)
    expect(create).not.toThrow(String(EC.d))
  })
})
