import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { documents } from './examples.ts'

const root = join(import.meta.dirname, '../..')

/** As a repository's browser makes them of headings. */
function anchorsOf(markdown: string): string[] {
  const headings = [...markdown.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.+)$/gm)]
  return headings.map(([, text = '']) =>
    text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

/** The relative links of a document, from the root. */
async function linksOf(file: string): Promise<{ target: string; anchor: string | undefined }[]> {
  const found = [...(await readFile(join(root, file), 'utf8')).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)]
  return found.map(([, path, anchor]) => ({
    target: path ? relative(root, join(root, dirname(file), path)) : file,
    anchor,
  }))
}

test('every link between documents leads somewhere', async () => {
  const broken: string[] = []
  let count = 0
  for (const file of await documents()) {
    for (const { target, anchor } of await linksOf(file)) {
      count += 1
      const leads = existsSync(join(root, target))
      const isThere = leads && (!anchor || anchorsOf(await readFile(join(root, target), 'utf8')).includes(anchor))
      if (!isThere) broken.push(`${file}: ${target}${anchor ? `#${anchor}` : ''}`)
    }
  }
  expect(broken).toEqual([])
  expect(count).toBeGreaterThan(50)
})

test('the README leads to every page of docs', async () => {
  const linked = new Set((await linksOf('README.md')).map(({ target }) => target))
  const pages = (await readdir(join(root, 'docs'))).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)
  // The list of licences is led to by that of dependencies.
  expect(pages.filter((page) => !linked.has(page))).toEqual(['docs/licenses.md'])
})
