import type { Environment, PageSignal } from '../ports.ts'

const ACTIVITY = ['pointerdown', 'pointermove', 'keydown', 'scroll', 'touchstart'] as const

/** The page that this runs in. */
export function createEnvironment(): Environment {
  // Captured: what the page itself does at such a moment comes after.
  function listen(target: EventTarget, type: string, listener: () => void): () => void {
    const options = { capture: true, passive: true }
    target.addEventListener(type, listener, options)
    return () => target.removeEventListener(type, listener, options)
  }

  return {
    origin: location.origin,
    href: () => location.href,
    base: () => document.baseURI,
    online: () => navigator.onLine !== false,
    visible: () => document.visibilityState === 'visible',
    subscribe(listener) {
      const on = (target: EventTarget, type: string, signal: PageSignal) => listen(target, type, () => listener(signal))
      const stops = [
        on(window, 'focus', 'focus'),
        on(window, 'online', 'online'),
        on(window, 'offline', 'offline'),
        on(window, 'pagehide', 'pagehide'),
        on(window, 'pageshow', 'pageshow'),
        on(document, 'freeze', 'freeze'),
        on(document, 'resume', 'resume'),
        listen(document, 'visibilitychange', () =>
          listener(document.visibilityState === 'visible' ? 'visible' : 'hidden'),
        ),
      ]
      return () => {
        for (const stop of stops) stop()
      }
    },
    onActivity(listener) {
      const stops = ACTIVITY.map((type) => listen(window, type, listener))
      return () => {
        for (const stop of stops) stop()
      }
    },
    navigate(url) {
      location.assign(url)
    },
  }
}
