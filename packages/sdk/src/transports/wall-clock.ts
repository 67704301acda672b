/*
 * A transport is made by the app, which has no Clock port to give. It needs the wall clock only where an endpoint speaks
 * in instants instead of durations: a JWT with `exp` but no `iat`, a `Retry-After` with a date.
 */

// biome-ignore lint/style/noRestrictedGlobals: see above
export const wallNow = (): number => Date.now()

// biome-ignore lint/style/noRestrictedGlobals: parses, reads no clock
export const parseDate = (text: string): number => Date.parse(text)
