// @vitest-environment happy-dom
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { h } from '../../src/dom/element.ts'
import { createKeyedList } from '../../src/dom/keyed-list.ts'

function list(after?: HTMLElement) {
  const parent = h('div', {}, ...(after ? [after] : []))
  let created = 0
  const render = createKeyedList<string>({
    parent,
    ...(after && { after }),
    key: (item) => item,
    create(item) {
      created += 1
      return { element: h('p', {}, item), render() {} }
    },
  })
  return { parent, render, created: () => created, texts: () => [...parent.children].map((row) => row.textContent) }
}

test('after any two lists the rows are those of the second, and what both had was kept', () => {
  const items = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'))
  fc.assert(
    fc.property(items, items, (before, after) => {
      const { parent, render, created, texts } = list()
      render(before)
      const rows = new Map([...parent.children].map((row) => [row.textContent, row]))
      render(after)
      expect(texts()).toEqual(after)
      for (const row of parent.children) expect(rows.get(row.textContent) ?? row).toBe(row)
      expect(created()).toBe(new Set([...before, ...after]).size)
    }),
  )
})

test('rows stand behind the element that was named, which stays', () => {
  const head = h('header', {}, 'head')
  const { render, texts } = list(head)
  render(['a', 'b'])
  render(['c', 'b'])
  expect(texts()).toEqual(['head', 'c', 'b'])
  render([])
  expect(texts()).toEqual(['head'])
})

test('a new row at the top moves no other', () => {
  const { parent, render } = list()
  render(['b', 'a'])
  const moved: Node[] = []
  const insertBefore = parent.insertBefore.bind(parent)
  parent.insertBefore = (node, child) => {
    moved.push(node)
    return insertBefore(node, child)
  }
  render(['c', 'b', 'a'])
  expect(moved.map((node) => node.textContent)).toEqual(['c'])
})
