import { type ESTree, parseSync, Visitor } from 'rolldown/utils'

/** What one source file says of its place in the structure. */
export interface SourceFile {
  lines: number
  /** Specifiers of everything that it imports or exports again, types included. */
  imports: string[]
  /** Lines that spread an object into the argument of a factory: `createX({ ...y })`. */
  spreads: number[]
  /** Constants of a factory that earlier code of the same factory names: `line name`. */
  earlyUses: string[]
}

type Node = ESTree.Node
type FunctionNode = ESTree.Function | ESTree.ArrowFunctionExpression

const FACTORY = /^create[A-Z]/

/** @throws SyntaxError if the parser finds an error */
export function readSource(path: string, text: string): SourceFile {
  const { program, module, errors } = parseSync(path, text, { lang: 'ts' })
  if (errors[0] !== undefined) throw new SyntaxError(`${path}: ${errors[0].message}`)
  const imports = module.staticImports.map(({ moduleRequest }) => moduleRequest.value)
  for (const { entries } of module.staticExports) {
    for (const { moduleRequest } of entries) if (moduleRequest) imports.push(moduleRequest.value)
  }
  const lineOf = (offset: number) => text.slice(0, offset).split('\n').length
  const spreads: number[] = []
  const earlyUses: string[] = []
  const readFactory = (name: string | undefined, node: FunctionNode) => {
    if (name !== undefined && FACTORY.test(name)) earlyUses.push(...earlyUsesOf(node, lineOf))
  }
  new Visitor({
    ImportExpression: ({ source }) => addLiteral(imports, source),
    TSImportType: ({ source }) => addLiteral(imports, source),
    CallExpression({ callee, arguments: args }) {
      if (callee.type !== 'Identifier' || !FACTORY.test(callee.name)) return
      for (const argument of args) {
        if (argument.type !== 'ObjectExpression') continue
        for (const { type, start } of argument.properties) if (type === 'SpreadElement') spreads.push(lineOf(start))
      }
    },
    FunctionDeclaration: (node) => readFactory(node.id?.name, node),
    VariableDeclarator({ id, init }) {
      if (id.type === 'Identifier' && init?.type === 'ArrowFunctionExpression') readFactory(id.name, init)
    },
  }).visit(program)
  return { lines: text.trimEnd().split('\n').length, imports: [...new Set(imports)], spreads, earlyUses }
}

function addLiteral(imports: string[], node: Node): void {
  if (node.type === 'Literal' && typeof node.value === 'string') imports.push(node.value)
}

/** Only what the body itself declares counts; a closure that names a later constant counts as well. */
function earlyUsesOf({ body }: FunctionNode, lineOf: (offset: number) => number): string[] {
  if (body?.type !== 'BlockStatement') return []
  const definedAt = new Map<string, number>()
  for (const statement of body.body) {
    if (statement.type !== 'VariableDeclaration') continue
    for (const { id, end } of statement.declarations) for (const name of namesOf(id)) definedAt.set(name, end)
  }
  const uses: string[] = []
  const walk = (node: Node, hidden: ReadonlySet<string>): void => {
    if (node.type === 'Identifier') {
      const end = definedAt.get(node.name)
      if (end !== undefined && node.start < end && !hidden.has(node.name))
        uses.push(`${lineOf(node.start)} ${node.name}`)
      return
    }
    const inner = new Set([...hidden, ...declaredIn(node)])
    for (const child of childrenOf(node)) walk(child, inner)
  }
  for (const statement of body.body) walk(statement, new Set())
  return uses
}

/** Children that may hold a use: no types, no names of members, no names that are declared. */
function childrenOf(node: Node): Node[] {
  if (node.type === 'MemberExpression' && !node.computed) return [node.object]
  if (node.type === 'Property' && !node.computed) return [node.value]
  if (node.type === 'VariableDeclarator') return node.init === null ? [] : [node.init]
  if (node.type === 'FunctionDeclaration') return node.body === null ? [] : [node.body]
  if (node.type.startsWith('TS') && !('expression' in node)) return []
  return Object.values(node).flat().filter(isNode)
}

/** Names that a nested function or block declares, and that hide those of the factory. */
function declaredIn(node: Node): string[] {
  const parameters = 'params' in node && Array.isArray(node.params) ? node.params : []
  const statements = node.type === 'BlockStatement' ? node.body : []
  return [
    ...parameters.filter(isNode).flatMap(namesOf),
    ...statements.flatMap((statement) =>
      statement.type === 'VariableDeclaration' ? statement.declarations.flatMap(({ id }) => namesOf(id)) : [],
    ),
  ]
}

function namesOf(pattern: Node): string[] {
  if (pattern.type === 'Identifier') return [pattern.name]
  if (pattern.type === 'ObjectPattern') {
    return pattern.properties.flatMap((property) =>
      namesOf(property.type === 'RestElement' ? property.argument : property.value),
    )
  }
  if (pattern.type === 'ArrayPattern')
    return pattern.elements.flatMap((element) => (element === null ? [] : namesOf(element)))
  if (pattern.type === 'AssignmentPattern') return namesOf(pattern.left)
  return pattern.type === 'RestElement' ? namesOf(pattern.argument) : []
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}
