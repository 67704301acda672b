/** Whether a host name or address, as in a URL or a socket, means this machine (RFC 6761 section 6.3, RFC 4291). */
export function isLoopback(host: string): boolean {
  const name = host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/^::ffff:/, '')
  return name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name)
}

/** Whether a `Host` header, port included, means this machine. */
export function isLoopbackHostHeader(header: string): boolean {
  const url = URL.parse(`http://${header}`)
  return url !== null && isLoopback(url.hostname)
}
