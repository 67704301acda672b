/** Something that must never happen; I0 is what is promised besides the invariants. */
export interface Violation {
  invariant: 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9' | 'I10' | 'I0'
  what: string
}

/** Which sign-in an access token belongs to; 0 for none. */
export const familyOf = (token: string | undefined) => Number(/^SECRET-access-(\d+)-/.exec(token ?? '')?.[1] ?? 0)

/** What a report calls a refresh token. */
export const nameOf = (token: string | undefined) =>
  /^SECRET-refresh-(\d+)-(\d+)$/
    .exec(token ?? '')
    ?.slice(1)
    .join(':') ?? ''
