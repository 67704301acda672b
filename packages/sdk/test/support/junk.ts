import fc from 'fast-check'

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
  withUnicodeString: true,
})

/** Records whose members have names that mean something, and values of every kind. */
export function junkUnder(names: readonly string[], values: fc.Arbitrary<unknown> = junk): fc.Arbitrary<object> {
  return fc.dictionary(
    fc.oneof(fc.constantFrom(...names), fc.constantFrom('__proto__', 'constructor', 'toString')),
    values,
    { maxKeys: 8 },
  )
}
