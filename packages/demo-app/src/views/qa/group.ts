import { h } from '../../dom/element.ts'

/** A group of controls with its name. */
export function group(name: string, ...content: readonly HTMLElement[]): HTMLFieldSetElement {
  return h('fieldset', { class: 'qa-group' }, h('legend', {}, name), ...content)
}
