/** More rights (RFC 6750 section 3.1) or a new sign-in (RFC 9470 section 3) are asked for: no refresh brings these. */
const ASKS_FOR_MORE = /^insufficient_(scope|user_authentication)$/i

export interface Challenge {
  /** In lower case. */
  scheme: string
  error?: string
}

/** The challenges of a `WWW-Authenticate` (RFC 9110 section 11.6.1), as far as they matter here. Never throws. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: Challenge[] = []
  // Commas part challenges and their parameters alike, but not within quotes.
  for (const part of header.match(/(?:"(?:[^"\\]|\\[\s\S]?)*(?:"|$)|[^",])+/g) ?? []) {
    // A name that is followed by `=` is that of a parameter.
    const [, scheme, rest = part] = /^\s*([^\s="]+)(?:\s+(?![\s=])([\s\S]*))?$/.exec(part) ?? []
    if (scheme) challenges.push({ scheme: scheme.toLowerCase() })
    const challenge = challenges.at(-1)
    const [, error] = /^\s*error\s*=\s*"?([^"\s]*)/i.exec(rest) ?? []
    if (challenge && error !== undefined) challenge.error ??= error
  }
  return challenges
}

/**
 * Whether a newer token may be what a `401` asks for. Other origins often hide the header (CORS): without one it may be.
 * @param inCookie the access token is a cookie, so the scheme does not tell whether it is accepted
 */
export function mayRefreshHelp(header: string | null, inCookie: boolean): boolean {
  const challenges = parseChallenges(header ?? '')
  const isMet = ({ scheme, error = '' }: Challenge) => (inCookie || scheme === 'bearer') && !ASKS_FOR_MORE.test(error)
  return challenges.length === 0 || challenges.some(isMet)
}
