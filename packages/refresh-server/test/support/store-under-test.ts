/** The store of all test servers by default. */
export const storeUnderTest = { url: ':memory:' }
