/**
 * Prefix of the names of channel, locks and ledger. The endpoint is part of it, so that two apps of one origin do not
 * mix; as a hash (FNV-1a, 32 bit), because lock names show in the developer tools of anyone who looks.
 */
export function namespaceOf(name: string, endpoint: string): string {
  let hash = 0x811c9dc5
  for (let i = 0; i < endpoint.length; i++) hash = Math.imul(hash ^ endpoint.charCodeAt(i), 0x01000193)
  return `token-manager:${name}:${(hash >>> 0).toString(36)}`
}
