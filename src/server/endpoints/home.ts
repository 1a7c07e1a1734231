/**
 * The server's own address, for people who open it.
 *
 * @module
 */

import { pageContext } from '../authorization/page-context.ts'
import { homePage } from '../pages/index.ts'
import { type EndpointMaker, endpointPath } from './endpoint.ts'

export const home: EndpointMaker = (context) => ({
  name: 'home',
  paths: [endpointPath(context.issuer, '/')],
  methods: { GET: () => homePage(context, pageContext(context)) },
  readers: 'people',
  cors: false,
})
