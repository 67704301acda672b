/**
 * Prefix of the names of channel, locks and ledger. The endpoint is part of it, so that two apps of one origin do not
 * mix; as a hash, because lock names show in the developer tools of anyone who looks.
 */
export function namespaceOf(name: string, endpoint: string): string {
  return `token-manager:${name}:${hashOf(endpoint)}`
}

/** FNV-1a, 32 bit: tells texts apart, and does not show them. */
export function hashOf(text: string): string {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return (hash >>> 0).toString(36)
}
