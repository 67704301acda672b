/** Cookies of one browser, for an endpoint that a plain `fetch` speaks to. */
export interface CookieJar {
  get(name: string): string | undefined
  fetch: typeof fetch
}

export function createCookieJar(): CookieJar {
  const cookies = new Map<string, { value: string; path: string }>()

  function store(header: string): void {
    const [pair = '', ...attributes] = header.split('; ')
    const [name = '', value = ''] = pair.split('=')
    const path = attributes.find((attribute) => attribute.startsWith('Path='))?.slice('Path='.length) ?? '/'
    if (attributes.includes('Max-Age=0')) cookies.delete(name)
    else cookies.set(name, { value, path })
  }

  return {
    get: (name) => cookies.get(name)?.value,
    async fetch(input, init) {
      const request = new Request(input, init)
      const { pathname } = new URL(request.url)
      const fitting = [...cookies].filter(([, { path }]) => pathname.startsWith(path))
      request.headers.set('Cookie', fitting.map(([name, { value }]) => `${name}=${value}`).join('; '))
      const answer = await fetch(request)
      for (const header of answer.headers.getSetCookie()) store(header)
      return answer
    },
  }
}
