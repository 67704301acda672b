export interface View {
  element: HTMLElement
  /** Brings the element up to date; may be called at any time. */
  render(): void
}

/** Draws once after any number of changes in a task; in hidden pages too, so that none keeps what it must not show. */
export function createRenderer(render: () => void): () => void {
  let requested = false
  return () => {
    if (requested) return
    requested = true
    queueMicrotask(() => {
      requested = false
      render()
    })
  }
}
