import type { Environment, PageSignal } from '../ports.ts'

// With `wheel`, because at the end of a page nothing scrolls.
const ACTIVITY = ['pointerdown', 'pointermove', 'wheel', 'keydown', 'scroll', 'touchstart'] as const

const NOTE = '@token-manager/sdk/tab'

/** A loop is decoration: nobody has to be there for it. */
function isWatched(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLVideoElement) || target.paused || target.loop) return false
  const { top, right, bottom, left } = target.getBoundingClientRect()
  const isInView = bottom > Math.max(top, 0) && right > Math.max(left, 0) && top < innerHeight && left < innerWidth
  return isInView && document.visibilityState === 'visible'
}

/** The focus of a field, which is captured too, is none of the window. */
const isOfPage = ({ target }: Event): boolean => !(target instanceof Element)

const together = (stops: ReadonlyArray<() => void>) => () => {
  for (const stop of stops) stop()
}

/**
 * Whether a page of another origin embeds this one, near or far. Browsers then keep its storage, channel and locks apart from
 * those of the site's own tabs.
 */
export function isEmbeddedElsewhere(): boolean {
  try {
    // What belongs to another origin throws.
    for (let frame: Window = window; frame !== frame.parent; frame = frame.parent) void frame.parent.document
    return false
  } catch {
    return true
  }
}

/** The page that this runs in. */
export function createEnvironment(): Environment {
  // Captured: what the page itself does at such a moment comes after.
  function listen(target: EventTarget, type: string, listener: (event: Event) => void): () => void {
    const options = { capture: true, passive: true }
    target.addEventListener(type, listener, options)
    return () => target.removeEventListener(type, listener, options)
  }

  const visible = () => document.visibilityState === 'visible'

  return {
    // A frame with `srcdoc` inherits one that its address has not, and a sandboxed frame has none whatever its address.
    origin: globalThis.origin ?? location.origin,
    href: () => location.href,
    base: () => document.baseURI,
    online: () => navigator.onLine !== false,
    visible,
    subscribe(listener) {
      const on = (target: EventTarget, signals: readonly PageSignal[]) =>
        signals.map((signal) => listen(target, signal, (event) => isOfPage(event) && listener(signal)))
      return together([
        ...on(window, ['focus', 'online', 'offline', 'pagehide', 'pageshow']),
        ...on(document, ['freeze', 'resume']),
        listen(document, 'visibilitychange', () => listener(visible() ? 'visible' : 'hidden')),
      ])
    },
    onActivity(listener, { media }) {
      const stops = ACTIVITY.map((type) => listen(window, type, () => listener()))
      // Several times a second while it plays. It does not bubble, but is captured.
      if (media) stops.push(listen(window, 'timeupdate', ({ target }) => isWatched(target) && listener()))
      return together(stops)
    },
    navigate(url) {
      location.assign(url)
    },
    fetch: () => globalThis.fetch,
    recall() {
      try {
        return sessionStorage.getItem(NOTE) ?? undefined
      } catch {
        return undefined
      }
    },
    remember(note) {
      try {
        sessionStorage.setItem(NOTE, note)
      } catch {}
    },
  }
}
