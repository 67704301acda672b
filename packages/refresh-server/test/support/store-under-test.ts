/** Where the servers of the tests keep their sessions, unless a test says otherwise. */
export const storeUnderTest = { url: ':memory:' }
