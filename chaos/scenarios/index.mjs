/** The scenarios. One more is one more file and one more line here. */

import { codeCrowd } from './ft-01-code-crowd.mjs'
import { refreshCrowd, refreshCrowdWithoutGrace } from './ft-02-refresh-crowd.mjs'
import { killsAtFailpoints, killsDuringRefreshes } from './ft-04-kills.mjs'
import { killsDuringRedemptions } from './ft-06-kills-redeeming.mjs'
import { revocationRaces } from './ft-07-revocation-races.mjs'
import { administrationRaces } from './ft-08-administration-races.mjs'
import { assertionReplays } from './ft-10-replays.mjs'
import { lostAnswers } from './ft-12-lost-answers.mjs'
import { postgresStopped } from './ft-16-postgres-stopped.mjs'
import { sqliteLocked } from './ft-19-sqlite-locked.mjs'
import { keyRotation, keyWithdrawal } from './ft-20-key-rotation.mjs'
import { clocks } from './ft-24-clocks.mjs'
import { rollingRestart } from './ft-28-rolling-restart.mjs'

export const scenarios = [
  codeCrowd,
  refreshCrowd,
  refreshCrowdWithoutGrace,
  killsDuringRefreshes,
  killsAtFailpoints,
  killsDuringRedemptions,
  revocationRaces,
  administrationRaces,
  assertionReplays,
  lostAnswers,
  postgresStopped,
  sqliteLocked,
  keyRotation,
  keyWithdrawal,
  clocks,
  rollingRestart,
]
