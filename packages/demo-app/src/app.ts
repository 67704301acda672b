import { createRenderer, type View } from './dom/renderer.ts'
import type { Model } from './model.ts'
import { createEventView } from './views/event-view.ts'
import { createFrame } from './views/frame.ts'
import { createHeaderView } from './views/header-view.ts'
import { createMainView } from './views/main-view.ts'
import { createQaView } from './views/qa-view.ts'
import { createSessionView } from './views/session-view.ts'
import { createStatusView } from './views/status-view.ts'

/** Countdowns and ages are drawn anew this often. */
const TICK_MS = 250

/** Puts the app into the page and keeps it up to date. */
export function createApp(parent: HTMLElement, model: Model): void {
  const { tokens, network, server, feed, ward, theme } = model
  const views = {
    header: createHeaderView(model),
    status: createStatusView(model),
    qa: createQaView(model),
    main: createMainView(model),
    session: createSessionView(model),
    events: createEventView(model),
  }
  const all: readonly View[] = Object.values(views)

  const render = createRenderer(() => {
    const focused = document.activeElement
    for (const view of all) view.render()
    // A browser puts the focus nowhere when what had it is gone.
    if (focused?.closest('[hidden]')) views.main.focus()
  })
  function onSession(): void {
    ward.setWatched(tokens.isAuthenticated())
    render()
  }

  for (const source of [network, server, feed, ward, theme]) source.subscribe(render)
  tokens.subscribe(onSession)
  // A page in the back/forward cache must not go on asking, and may have missed a sign-out.
  addEventListener('pagehide', () => ward.setWatched(false))
  addEventListener('pageshow', onSession)
  setInterval(render, TICK_MS)

  parent.append(...createFrame(views))
  onSession()
}
