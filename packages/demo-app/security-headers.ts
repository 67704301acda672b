const POLICY: Readonly<Record<string, string>> = {
  'default-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'self'",
  'frame-ancestors': "'none'",
  'object-src': "'none'",
  'require-trusted-types-for': "'script'",
  'trusted-types': "'none'",
}

// Vite's overlay, which shows errors of the source, brings its style along.
const LIVE_POLICY = { ...POLICY, 'style-src': "'self' 'unsafe-inline'" }

function headersWith(policy: Readonly<Record<string, string>>) {
  return {
    'Content-Security-Policy': Object.entries(policy)
      .map((directive) => directive.join(' '))
      .join('; '),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-cache',
  }
}

/** Of the app as built: its own files and nothing else, no script from a string. */
export const BUILT_HEADERS = headersWith(POLICY)

/** Of the app from its source. */
export const LIVE_HEADERS = headersWith(LIVE_POLICY)
