import { manyTabs } from './many-tabs.ts'
import { pageLife } from './page-life.ts'
import { stores } from './stores.ts'
import { startWebKit } from './webkit.ts'
import { createTest } from './world.ts'

const test = createTest({ name: 'WebKit', start: startWebKit })

manyTabs(test, 'WebKit')
pageLife(test, 'WebKit')
stores(test, 'WebKit')
