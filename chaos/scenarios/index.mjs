/** The scenarios. One more is one more file and one more line here. */

import { codeCrowd } from './ft-01-code-crowd.mjs'
import { refreshCrowd, refreshCrowdWithoutGrace } from './ft-02-refresh-crowd.mjs'
import { killsAtFailpoints, killsDuringRefreshes } from './ft-04-kills.mjs'
import { killsDuringRedemptions } from './ft-06-kills-redeeming.mjs'
import { revocationRaces } from './ft-07-revocation-races.mjs'
import { administrationRaces } from './ft-08-administration-races.mjs'
import { devices } from './ft-09-devices.mjs'
import { assertionReplays } from './ft-10-replays.mjs'
import { clientKilled } from './ft-11-client-killed.mjs'
import { lostAnswers } from './ft-12-lost-answers.mjs'
import { redisEmptied, redisFrozen, redisFull } from './ft-13-redis.mjs'
import { postgresStopped } from './ft-16-postgres-stopped.mjs'
import { backendsTerminated, noConnectionsLeft } from './ft-17-postgres-connections.mjs'
import { sqliteLocked } from './ft-19-sqlite-locked.mjs'
import { keyRotation, keyWithdrawal } from './ft-20-key-rotation.mjs'
import { keySetAway, strangersFlood } from './ft-21-key-set-away.mjs'
import { clocks } from './ft-24-clocks.mjs'
import { diskFull } from './ft-25-disk-full.mjs'
import { fewFiles } from './ft-26-few-files.mjs'
import { soak } from './ft-27-soak.mjs'
import { rollingRestart } from './ft-28-rolling-restart.mjs'
import { signals } from './ft-29-signals.mjs'
import { overload, passwordRush } from './ft-30-overload.mjs'
import { firstBoots, migrationKilled, sideBySide } from './ft-40-upgrade.mjs'
import { restoredBackup } from './ft-43-restored-backup.mjs'
import { keyEncryption } from './ft-44-key-encryption.mjs'
import { auditSinkAway } from './ft-45-audit-sink-away.mjs'
import { manyRows } from './ft-47-many-rows.mjs'

export const scenarios = [
  codeCrowd,
  refreshCrowd,
  refreshCrowdWithoutGrace,
  killsDuringRefreshes,
  killsAtFailpoints,
  killsDuringRedemptions,
  revocationRaces,
  administrationRaces,
  devices,
  assertionReplays,
  clientKilled,
  lostAnswers,
  redisFrozen,
  redisEmptied,
  redisFull,
  postgresStopped,
  backendsTerminated,
  noConnectionsLeft,
  sqliteLocked,
  keyRotation,
  keySetAway,
  strangersFlood,
  keyWithdrawal,
  clocks,
  diskFull,
  fewFiles,
  soak,
  rollingRestart,
  signals,
  overload,
  passwordRush,
  sideBySide,
  migrationKilled,
  firstBoots,
  restoredBackup,
  keyEncryption,
  auditSinkAway,
  manyRows,
]
