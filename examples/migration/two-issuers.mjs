/** The guard of the app while its login becomes an authorization server: both are trusted for a while. */

import { createGuard, jwt } from 'warder/guard'

/** Makes the guard that trusts the issuer, and the old login beside it. */
export function createNotesGuard(issuer) {
  // #region guard
  const guard = createGuard({
    resource: 'https://api.example.com/',
    accept: [
      jwt({
        issuers: [
          { issuer },
          {
            issuer: 'notes-login',
            profile: 'jwt',
            keys: { secret: process.env.JWT_SECRET },
            claims: { subject: 'id', roles: 'role' },
          },
        ],
      }),
    ],
  })
  // #endregion
  return guard
}
