/** The client of this page, made once. */

// #region client
import { createBrowserClient } from 'warder/browser'

export const auth = createBrowserClient({
  issuer: import.meta.env.VITE_ISSUER,
  clientId: import.meta.env.VITE_CLIENT_ID,
  resource: import.meta.env.VITE_API,
  scopes: ['openid', 'notes:read', 'notes:write'],
})
// #endregion
