/** Groups of endpoints, for faults and counts. Each includes all flavours: JSON, cookies, session service, OAuth. */
export const ENDPOINTS = ['refresh', 'login', 'logout', 'api'] as const

/** A group of endpoints that faults are set for and that is counted together. */
export type Endpoint = (typeof ENDPOINTS)[number]

const PATH = /^\/(?:auth|auth\/cookie|api\/token)\/(refresh|login|logout)$/
const OTHERS: Readonly<Record<string, Endpoint>> = {
  '/api/token/auto-refresh': 'refresh',
  '/oauth/token': 'refresh',
  '/oauth/revoke': 'logout',
}

export function endpointOf(path: string): Endpoint | undefined {
  const name = OTHERS[path] ?? PATH.exec(path)?.[1]
  const found = ENDPOINTS.find((endpoint) => endpoint === name)
  return found ?? (path.startsWith('/api/') && !path.startsWith('/api/token/') ? 'api' : undefined)
}
