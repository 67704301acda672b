/** The way a server sets them that has no HttpOnly; the Cookie Store API would encode nothing and is not everywhere. */
export function setCookie(name: string, value: string): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the transports read this very place
  document.cookie = `${name}=${value}`
}

export function expireCookie(name: string): void {
  setCookie(name, '; expires=Thu, 01 Jan 1970 00:00:00 GMT')
}
