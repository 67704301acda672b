import { createApp } from './app.ts'
import { createModel } from './model.ts'

createApp(document.body, await createModel())
