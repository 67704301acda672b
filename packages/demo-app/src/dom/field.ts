import { h } from './element.ts'

/** A control with its label. */
export function field(label: string, control: HTMLElement): HTMLLabelElement {
  return h('label', { class: 'field' }, h('span', { class: 'field-label' }, label), control)
}

/** A drop-down list of values and what to call them. */
export function select(choices: Iterable<readonly [value: string, label: string]>): HTMLSelectElement {
  const options = Array.from(choices, ([value, label]) => h('option', { value }, label))
  return h('select', { class: 'control' }, ...options)
}

export function button(label: string, kind: 'primary' | 'plain' = 'plain'): HTMLButtonElement {
  return h('button', { type: 'button', class: `button button-${kind}` }, label)
}
