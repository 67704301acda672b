export const FLAVOURS = { json: 'JSON body', cookie: 'HttpOnly cookie' } as const

/** How the refresh token travels. */
export type TransportFlavour = keyof typeof FLAVOURS

const PARAMETER = 'transport'

/** What the address asks for; JSON by default. */
export function flavourOf(address: string): TransportFlavour {
  return new URL(address).searchParams.get(PARAMETER) === 'cookie' ? 'cookie' : 'json'
}

/** The same page with another flavour. */
export function addressFor(flavour: TransportFlavour, address: string): string {
  const url = new URL(address)
  url.searchParams.set(PARAMETER, flavour)
  return url.href
}
