import fc from 'fast-check'

/** One of UTF-16, halves of pairs too. Its inverse lets fast-check mix in texts that are dangerous, such as `__proto__`. */
const codeUnit = fc.nat({ max: 0xffff }).map(
  (code) => String.fromCharCode(code),
  (text) => (typeof text === 'string' && text.length === 1 ? text.charCodeAt(0) : Number.NaN),
)

/** Any text. The library's own `binary` first takes a second to build a table of a million characters. */
export const text = fc.string({ unit: fc.oneof(codeUnit, fc.string({ minLength: 1, maxLength: 1 })) })

/** Anything that a caller, a store or an endpoint may hand over. */
export const junk = fc.anything({
  // Broad objects take most of the time and find nothing more.
  maxKeys: 3,
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withSet: true,
  withTypedArray: true,
  withSparseArray: true,
  stringUnit: codeUnit,
})

/** Records whose members have names that mean something, and values of every kind. */
export function junkUnder(names: readonly string[], values: fc.Arbitrary<unknown> = junk): fc.Arbitrary<object> {
  return fc.dictionary(
    fc.oneof(fc.constantFrom(...names), fc.constantFrom('__proto__', 'constructor', 'toString')),
    values,
    { maxKeys: 8 },
  )
}

const letters = (from: string) => fc.string({ unit: fc.constantFrom(...from), minLength: 1, maxLength: 8 })
const labels = fc.array(letters('abcxyz019-'), { minLength: 1, maxLength: 4 })

/** Paths, like those of `webPath`, which builds the same table. */
export const path = fc
  .array(letters("azAZ09-._~!$&'()*+,;=:@%2f"), { maxLength: 4 })
  .map((parts) => parts.map((part) => `/${part}`).join(''))

/** Addresses, well-formed and nearly so. */
export const address = fc
  .tuple(fc.constantFrom('http', 'https', 'HTTPS'), labels, path)
  .map(([scheme, host, rest]) => `${scheme}://${host.join('.')}.example${rest}`)
