import fc from 'fast-check'
import { expect, it } from 'vitest'
import { FUZZ_TIMEOUT_MS, fuzz } from '../../../../test/support/fuzz.ts'
import { junk, junkUnder, text } from '../../../../test/support/junk.ts'
import { HttpError, InvalidInputError } from '../../src/errors.ts'
import { credentialsIn, parseFormBody, parseJsonBody, requireMediaType } from '../../src/http/request.ts'
import { requireNoteText } from '../../src/http/ward-routes.ts'
import { isJsonObject, requireText } from '../../src/input.ts'
import { unlessRefused } from '../support/refused.ts'

const timed = { timeout: FUZZ_TIMEOUT_MS }
const refusals = [InvalidInputError, HttpError]
const ask = <T>(read: () => T) => unlessRefused(refusals, read)

const NAMES = ['username', 'password', 'refresh', 'refreshToken', 'accessToken', 'text', 'grant_type', 'token']
const leaf = fc.oneof(
  text,
  fc.constantFrom(null, true, 7, [], {}),
  fc.nat({ max: 2_100 }).map((length) => 'x'.repeat(length)),
)
const members = junkUnder(NAMES, leaf)
const deep = fc.nat({ max: 4_000 }).map((depth) => '['.repeat(depth) + ']'.repeat(depth))
const bytes = fc.oneof(
  fc
    .oneof(
      members.map((value) => JSON.stringify(value)),
      members.map((value) => JSON.stringify(value).slice(1)),
      fc.json(),
      deep,
      text,
      fc.constantFrom('', 'null', '{', '{"refresh":', '\ufeff{}', '{"refresh":"\\ud800"}', '"x"', '1e999', '[{}]'),
    )
    .map((content) => Buffer.from(content)),
  fc.uint8Array({ maxLength: 200 }).map((content) => Buffer.from(content)),
)

it('a body of any bytes is a JSON object, or is refused', timed, () => {
  let read = 0
  fuzz(bytes, (content) => {
    const body = ask(() => parseJsonBody(content))
    if (body === undefined) return
    read++
    expect(isJsonObject(body)).toBe(true)
  })
  expect(read).toBeGreaterThan(100)
  expect({}).not.toHaveProperty('polluted')
})

it('a body of any bytes is a form without repeated parameters, or is refused', timed, () => {
  const pair = fc.tuple(fc.constantFrom(...NAMES, '__proto__', '%', '%ff', ''), text).map((parts) => parts.join('='))
  const forms = fc.array(pair, { maxLength: 5 }).map((pairs) => Buffer.from(pairs.join('&')))
  let read = 0
  fuzz(fc.oneof(bytes, forms), (content) => {
    const form = ask(() => parseFormBody(content))
    if (form === undefined) return
    read++
    expect(Object.values(form).every((value) => typeof value === 'string')).toBe(true)
    expect(Object.getPrototypeOf(form)).toBe(Object.prototype)
  })
  expect(read).toBeGreaterThan(100)
})

it('any other media type than the required one is refused', timed, () => {
  const part = fc.constantFrom('application/json', 'Application/JSON', 'text/plain', ';', ' ', 'charset=utf-8', ',')
  const latin = fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)) })
  const types = fc.oneof(
    fc.array(part, { maxLength: 4 }).map((parts) => parts.join('')),
    latin,
  )
  fuzz(types, (type) => {
    const request = { headers: new Headers({ 'Content-Type': type }) }
    const isTaken = ask(() => requireMediaType(request, 'application/json') ?? true)
    expect(isTaken ?? false).toBe(/^\s*application\/json\s*(;|$)/i.test(type))
  })
})

it('a member is a text of valid length, or is refused by name', timed, () => {
  fuzz(fc.oneof(members, junkUnder(['refresh'], junk)), (body) => {
    const given: object = { ...body }
    const token = ask(() => requireText({ ...given }, 'refresh', 1_000))
    const refresh: unknown = Object.hasOwn(given, 'refresh') ? Reflect.get(given, 'refresh') : undefined
    const fits = typeof refresh === 'string' && refresh.length > 0 && refresh.length <= 1_000
    expect(token).toBe(fits ? refresh : undefined)
  })
})

it('credentials are two texts of valid length, or are refused', timed, () => {
  const long = fc.integer({ min: 150, max: 1_050 }).map((length) => 'x'.repeat(length))
  const bodies = junkUnder(['username', 'password'], fc.oneof(fc.string(), fc.string(), long, junk))
  let read = 0
  fuzz(bodies, (body) => {
    const credentials = ask(() => credentialsIn({ ...body }))
    if (credentials === undefined) return
    read++
    const { username, password } = credentials
    expect([username.length > 0, username.length <= 200, password.length > 0, password.length <= 1_000]).toEqual(
      Array(4).fill(true),
    )
  })
  expect(read).toBeGreaterThan(100)
})

it('a note is a text that is neither blank nor too long, or is refused', timed, () => {
  fuzz(fc.oneof(leaf, junk), (input) => {
    const note = ask(() => requireNoteText(input))
    const trimmed = typeof input === 'string' ? input.trim() : ''
    expect(note).toBe(trimmed.length > 0 && trimmed.length <= 2_000 ? trimmed : undefined)
  })
})
