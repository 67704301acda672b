import { h, setAttribute, setText } from '../dom/element.ts'
import { formatCountdown } from '../format/duration.ts'

export interface Instant {
  /** None: nothing to count down to. */
  at: number | undefined
  generation: number
  /** What is said once it has come. */
  due: string
}

/** The time until an instant, as words and as a bar that was full when the instant was first heard of. */
export function createCountdown(label: string) {
  const text = h('span', { class: 'countdown-text' }, '–')
  const bar = h('progress', { class: 'countdown-bar', max: 1, value: 0, 'aria-hidden': 'true' })
  let known: { at: number; spanMs: number; generation: number } | undefined

  return {
    element: h('div', { class: 'countdown' }, h('span', { class: 'countdown-label' }, label), text, bar),
    render({ at, generation, due }: Instant): void {
      if (at === undefined) {
        known = undefined
        setText(text, '–')
        bar.value = 0
        return
      }
      const restMs = at - Date.now()
      if (known?.at !== at || known.generation !== generation) known = { at, generation, spanMs: Math.max(1, restMs) }
      setText(text, restMs <= 0 ? due : formatCountdown(restMs))
      setAttribute(bar, 'value', Math.min(1, Math.max(0, restMs / known.spanMs)).toFixed(3))
    },
  }
}
