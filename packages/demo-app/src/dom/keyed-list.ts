export interface Row<Item> {
  element: Element
  render(item: Item): void
}

export interface KeyedListOptions<Item> {
  parent: Element
  /** The rows come behind it; by default they are all that the parent holds. */
  after?: Element
  key(item: Item): string | number
  create(item: Item): Row<Item>
}

/** Shows items as rows. The row of an item stays the same element for as long as its key is there. */
export function createKeyedList<Item>({ parent, after, key, create }: KeyedListOptions<Item>) {
  const rows = new Map<string | number, Row<Item>>()

  return (items: readonly Item[]): void => {
    const wanted = new Set(items.map(key))
    for (const [name, row] of rows) {
      if (wanted.has(name)) continue
      row.element.remove()
      rows.delete(name)
    }
    let place = after ? after.nextSibling : parent.firstChild
    for (const item of items) {
      const row = rows.get(key(item)) ?? create(item)
      rows.set(key(item), row)
      row.render(item)
      if (row.element === place) place = place.nextSibling
      else parent.insertBefore(row.element, place)
    }
  }
}
