import { h } from '../../dom/element.ts'
import { button } from '../../dom/field.ts'
import type { View } from '../../dom/renderer.ts'
import { formatDuration } from '../../format/duration.ts'
import { failureWord } from '../../format/failure.ts'
import type { Model } from '../../model.ts'
import { LIFETIMES_MS } from '../../qa/lifetimes.ts'
import { report } from '../../qa/report.ts'
import { group } from './group.ts'

/** How long access tokens last from the next refresh on. */
export function createLifetimeControl({ tokens, server, feed }: Model): View {
  const lifetime = h('select', { class: 'control', 'aria-label': 'Lifetime' })
  const refresh = button('Refresh now')
  let shownMs: number | undefined

  lifetime.addEventListener('change', () => {
    const lifetimeMs = Number(lifetime.value)
    const text = `Access tokens last ${formatDuration(lifetimeMs)} from the next refresh on`
    void report(feed, { type: 'lifetime', text }, server.setAccessLifetime(lifetimeMs)).then(() => {
      // Where the server refused, the old one is still in force.
      lifetime.value = String(server.get()?.accessLifetimeMs)
    })
  })
  refresh.addEventListener('click', () => {
    feed.addQa({ type: 'refresh', text: 'Refresh asked for' })
    tokens.refreshAccessToken().catch((error: unknown) => {
      feed.addQa({ type: 'refresh', text: `No refresh: ${failureWord(error)}`, tone: 'bad' })
    })
  })

  return {
    element: group('Access token', h('div', { class: 'qa-row' }, lifetime, refresh)),
    render() {
      const lifetimeMs = server.get()?.accessLifetimeMs
      lifetime.disabled = lifetimeMs === undefined
      refresh.disabled = !tokens.isAuthenticated()
      if (lifetimeMs === undefined || shownMs === lifetimeMs) return
      shownMs = lifetimeMs
      // The server may have been set to a lifetime that is none of the usual ones.
      const choices = [...new Set([...LIFETIMES_MS, lifetimeMs])].sort((a, b) => a - b)
      lifetime.replaceChildren(...choices.map((ms) => h('option', { value: ms }, formatDuration(ms))))
      lifetime.value = String(lifetimeMs)
    },
  }
}
