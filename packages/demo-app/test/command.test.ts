import { expect, test } from 'vitest'
import { parseCommand, USAGE } from '../command.ts'

test('options of the demo and of its server', () => {
  expect(parseCommand([])).toEqual({ kind: 'start', options: {} })
  expect(parseCommand(['--', '--port', '0', '--preview', '--store', 'ward.db'])).toEqual({
    kind: 'start',
    options: { port: 0, preview: true, refreshServer: { store: 'ward.db' } },
  })
  expect(parseCommand(['--port', '1', '--help'])).toEqual({ kind: 'help' })
})

test.for(['65536', '-1', '', '80.5', 'http'])('--port=%s is refused', (port) => {
  expect(() => parseCommand([`--port=${port}`])).toThrow('--port must be an integer from 0 to 65535')
})

test('an option that is not known is named', () => {
  expect(() => parseCommand(['--hots'])).toThrow('--hots')
})

test('every option is in the usage', () => {
  for (const option of ['--port', '--store', '--preview', '--help']) expect(USAGE).toContain(option)
})
