import { suite } from './suite.ts'
import { startWebKit } from './webkit.ts'
import { createTest } from './world.ts'

suite(createTest({ name: 'WebKit', start: startWebKit }), 'WebKit')
