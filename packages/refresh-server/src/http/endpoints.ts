/** What faults are set for and counts are kept of; each stands for both flavours, JSON and cookie. */
export const ENDPOINTS = ['refresh', 'login', 'logout', 'api'] as const

export type Endpoint = (typeof ENDPOINTS)[number]

const PATH = /^\/auth\/(?:cookie\/)?(refresh|login|logout)$/

export function endpointOf(path: string): Endpoint | undefined {
  if (path.startsWith('/api/')) return 'api'
  const name = PATH.exec(path)?.[1]
  return ENDPOINTS.find((endpoint) => endpoint === name)
}
